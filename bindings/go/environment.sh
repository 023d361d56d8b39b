# Read by scripts for which $folder is that of the package: sets what cgo needs to build against the C library that is
# installed in PREFIX, and what a program needs to find it at run time.
PREFIX=$(CDPATH='' cd -- "${PREFIX:-$folder/../../build/prefix}" && pwd)
PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
CGO_LDFLAGS="${CGO_LDFLAGS:+$CGO_LDFLAGS }-Wl,-rpath,$PREFIX/lib"
export PKG_CONFIG_PATH CGO_LDFLAGS
