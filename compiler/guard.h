// Memory that runs out inside the standard library's containers. Defined once per target in wasm/.
#pragma once

namespace mote::compiler {

// Runs work(of). Where memory runs out in it, exhausted(of) is called, which must need none; after that
//   natively it returns false, and everything of `of` can still be destroyed;
//   in a module, where nothing can unwind, it traps: the host reads what exhausted() wrote, and drops the
//     instance.
[[nodiscard]] bool guarded(void* of, void (*work)(void* of), void (*exhausted)(void* of));

}  // namespace mote::compiler
