# Every compiler and linker flag of Mote, by what it is for. CMakeLists.txt only puts them together.

# The dialect of runtime/ (and wasm/, where no library is linked).
set(mote_runtime -std=c++20 -ffreestanding -nostdinc++ -fno-exceptions -fno-rtti -fno-math-errno -ffp-contract=off
                 -fno-threadsafe-statics -fvisibility=hidden -Wall -Wextra -Werror)
# The dialect of compiler/ and of the command: ordinary C++20 on the standard library. picojson's switches: no locale,
# 64-bit integers stay integers.
set(mote_hosted -std=c++20 -fno-exceptions -fno-rtti -ffp-contract=off -fvisibility=hidden
                -DPICOJSON_USE_LOCALE=0 -DPICOJSON_USE_INT64 -Wall -Wextra -Werror)

# Sizes are what people download; only the inner loops are compiled for speed alone.
set(mote_small -Os -ffunction-sections -fdata-sections)
set(mote_smallest -Oz)
# The same by clang for wasm32: no second counter beside a loop's own nor another end, no load moved ahead of where it may be
# needed, no value kept that is as small to compute anew, equal constants once, and nothing inlined that a call is smaller than.
# 4 % of the core.
set(wasm_smallest -mllvm -disable-lsr -mllvm -disable-lftr -mllvm -enable-pre=false -mllvm -enable-load-pre=false
                  -mllvm -disable-machine-cse -mllvm -inline-threshold=-20 -fmerge-all-constants)
set(mote_fast -O2)

set(mote_sanitize -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)

# ---- wasm32 by clang
# Structs are passed as their members: nothing outside these modules is called with one, and a call costs a third of the bytes.
# Not returned so: the multivalue code of LLVM 22 is wrong (seen in math.cpp at -Os).
set(wasm_freestanding --target=wasm32-unknown-unknown -nostdlib "SHELL:-Xclang -target-abi -Xclang experimental-mv" -mno-multivalue)
set(wasm_wasi --target=wasm32-wasi -Wno-deprecated -isystem ${PROJECT_BINARY_DIR}/include)
# --no-wasm-opt: the driver would run any wasm-opt it finds in PATH, and an old one spoils what it does not know.
set(wasm_link --no-wasm-opt -Wl,--gc-sections -Wl,--strip-all -Wl,-z,stack-size=131072)
set(wasm_link_freestanding --target=wasm32-unknown-unknown -nostdlib ${wasm_link} -Wl,--no-entry)

# The variants of the runtime.
set(wasm_base)
set(wasm_simd -msimd128)
set(wasm_relaxed -msimd128 -mrelaxed-simd)
set(wasm_threads -msimd128 -matomics -mbulk-memory)
set(wasm_threads-relaxed -msimd128 -mrelaxed-simd -matomics -mbulk-memory)
# wasm-opt of binaryen, of the version that tests/package.json names, after the linker; what each variant may use.
# What is called from one place only stays a function: an engine compiles functions one by one, optimises those whose loops run
# and changes over only between calls. With such functions inlined (the default), magika's first run spent 60 ms more in a
# convolution's one call, its graph took 60 ms of optimising in place of 10 (tests/bench/cold_start.mjs), and modules are no smaller.
set(wasm_opt_passes -Os --one-caller-inline-max-function-size=20)
# What runs once a node: for size alone, the control flow built anew.
set(wasm_opt_smallest -Oz --converge --flatten --rereloop -Oz --converge)
set(wasm_opt_flags --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int --enable-mutable-globals)
set(wasm_opt_simd --enable-simd)
set(wasm_opt_relaxed --enable-simd --enable-relaxed-simd)
set(wasm_opt_threads --enable-simd --enable-threads)
set(wasm_opt_threads-relaxed --enable-simd --enable-relaxed-simd --enable-threads)
# What a module of the threads variants takes: one shared memory, up to the 4 GB that 32 bits reach.
set(wasm_link_threads -Wl,--shared-memory,--import-memory,--max-memory=4294967296)

# ---- Emscripten
# An ES module made for the web also runs in Node when it is given its bytes ({ wasmBinary }). 64-bit arguments are BigInt, as in
# the other modules.
set(emscripten_link -sWASM_BIGINT=1 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB -sTOTAL_STACK=131072 -sFILESYSTEM=0 --no-entry)
set(emscripten_module -sMODULARIZE=1 -sEXPORT_ES6=1 -sENVIRONMENT=web)
set(emscripten_standalone -sSTANDALONE_WASM=1)
