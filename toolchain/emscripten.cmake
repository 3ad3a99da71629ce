# Toolchain file: Emscripten as Debian packages it. Its scripts need NODE_PATH (CMakePresets.json).
include(/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake)
