# shellcheck shell=bash
# arm64.sh - a compiler for Windows on ARM64 from Debian's clang and lld; sourced by build-deps.sh.
#
# Debian has no MinGW for ARM64. clang can generate the code; headers and C run-time (UCRT) come from the
# mingw-w64 source package. Of compiler-rt only the stack probe is needed by C code.
#
# Uses: say, die, CACHE, TRIPLET, JOBS, COMPILER, short_hash, record_version, unpack_source.

# Clang asks for this probe in functions with more than a page of locals: x15 has the size in units of
# 16 bytes, each page is touched once from the top, and no other register that holds an argument changes.
write_stack_probe() {
    cat <<'ASM'
        .text
        .globl  __chkstk
        .p2align 2
__chkstk:
        lsl     x16, x15, #4
        mov     x17, sp
1:      sub     x17, x17, #4096
        subs    x16, x16, #4096
        ldr     xzr, [x17]
        b.gt    1b
        ret
ASM
}

# Programs named as OpenSSL's and CMake's builds expect them; clang gets the target's directories.
write_tools() { # DIR
    local llvm x
    llvm=$(dirname "$(readlink -f "$(command -v llvm-ar)")")
    mkdir -p "$1/bin" "$1/resources/lib/windows"
    ln -s "$(clang -print-resource-dir)/include" "$1/resources/include"
    {
        printf '#!/bin/sh\nexec clang --target=%s --sysroot=%s -resource-dir %s ' "$TRIPLET" "$1/$TRIPLET" "$1/resources"
        printf -- '-fuse-ld=lld -rtlib=compiler-rt -unwindlib=none -Wno-unused-command-line-argument "$@"\n'
    } > "$1/bin/$TRIPLET-clang"
    printf '#!/bin/sh\nexec %s/llvm-windres --target=%s "$@"\n' "$llvm" "$TRIPLET" > "$1/bin/$TRIPLET-windres"
    chmod +x "$1/bin/$TRIPLET-clang" "$1/bin/$TRIPLET-windres"
    ln -s "$TRIPLET-clang" "$1/bin/$TRIPLET-gcc"
    for x in ar ranlib dlltool strip nm objdump; do ln -s "$llvm/llvm-$x" "$1/bin/$TRIPLET-$x"; done
}

# Headers and C run-time of mingw-w64. The tools of DIR/bin are in PATH.
build_crt() { # SOURCE WORK DIR
    local cc=$TRIPLET-clang
    write_stack_probe > "$2/chkstk.s"
    "$cc" -c "$2/chkstk.s" -o "$2/chkstk.o"
    "$TRIPLET-ar" rcsD "$3/resources/lib/windows/libclang_rt.builtins-aarch64.a" "$2/chkstk.o"
    mkdir -p "$2/headers" "$2/crt"
    cd "$2/headers"
    "$1/mingw-w64-headers/configure" --prefix="$3/$TRIPLET" --host="$TRIPLET" --with-default-msvcrt=ucrt \
        --with-default-win32-winnt=0x0A00
    make install
    cd "$2/crt"
    "$1/mingw-w64-crt/configure" --prefix="$3/$TRIPLET" --host="$TRIPLET" --disable-lib32 --disable-lib64 \
        --disable-libarm32 --enable-libarm64 --with-default-msvcrt=ucrt --disable-dependency-tracking \
        CC="$cc" AS="$cc" CCAS="$cc" AR="$TRIPLET-ar" RANLIB="$TRIPLET-ranlib" DLLTOOL="$TRIPLET-dlltool" \
        CFLAGS="-O2 -ffile-prefix-map=$1=."
    make -j "$JOBS"
    make install
}

# Makes the compiler, unless it is there, and puts it into PATH. Its directory is linked from the result.
use_arm64_compiler() { # RECORD PREFIX
    local dir work=$CACHE/work-arm64/crt log=$CACHE/work-arm64/crt.log started=$SECONDS status=0 version
    dir=$CACHE/compiler-arm64-$(echo "$COMPILER" | short_hash)
    version=$(record_version mingw-w64 "$1")
    PATH=$dir/bin:$PATH
    if [ ! -e "$dir/.done" ]; then
        say "mingw-w64 $version for clang: building"
        rm -rf "$dir" "$work"
        mkdir -p "$work"
        write_tools "$dir"
        set +e # as in make_library
        (set -e; unpack_source mingw-w64 "$version" "$work/source"; build_crt "$work/source" "$work" "$dir") > "$log" 2>&1
        status=$?
        set -e
        [ "$status" -eq 0 ] || { tail -n 20 "$log" >&2; die "mingw-w64 does not build: all of its output is in $log"; }
        rm -rf "$work"
        : > "$dir/.done"
        say "mingw-w64 $version for clang: built in $((SECONDS - started)) s"
    fi
    ln -s "$dir" "$2/compiler"
}
