#include "passes.h"
namespace mote::compiler { void fuse(Model&) {} }
