# shellcheck shell=bash
# shellcheck disable=SC2034 # the caller reads LIBRARIES
# shellcheck disable=SC2164 # build-deps.sh runs these functions under 'set -e'
# shellcheck disable=SC2046 # flags are lists of words
# shellcheck disable=SC2016 # pkg-config is to expand ${prefix}
# libraries.sh - how each library is built for Windows; sourced by build-deps.sh.
#
# build_NAME SOURCE WORK PREFIX DEPS: builds the unpacked SOURCE in the empty directory WORK and installs
# headers, static library and .pc file into PREFIX. DEPS has what was built before it. The output
# goes to a log. The text of a function is part of that library's cache key.
#
# Uses: CC, AR, RANLIB, RC, TRIPLET, SECTIONS, OPENSSL_TARGET, JOBS.

# Build order; a library comes after those it needs.
readonly LIBRARIES='zlib zstd jansson cmocka lua libxml2 libarchive openssl curl'

# Debian source package of a library.
source_package() {
    case $1 in
        zstd) echo libzstd ;;
        lua) echo lua5.4 ;;
        *) echo "$1" ;;
    esac
}

# Libraries whose change makes a rebuild of $1 necessary.
needs_of() {
    case $1 in
        libarchive) echo zlib zstd ;;
        curl) echo zlib openssl ;;
    esac
}

# Flags of every compilation. __USE_MINGW_ANSI_STDIO: C99 printf whatever the C run-time does.
common_flags() {
    echo "-O2 $SECTIONS -D_WIN32_WINNT=0x0A00 -D__USE_MINGW_ANSI_STDIO=1"
}

# Compiles files named relative to the current directory (so that no build path gets into the
# objects) and puts them into the archive PREFIX/lib/NAME.
archive_of() { # PREFIX NAME FLAGS FILE...
    local prefix=$1 name=$2 flags=$3 file objects=()
    shift 3
    mkdir -p "$prefix/lib"
    for file in "$@"; do
        # shellcheck disable=SC2086 # flags are a list of words
        $CC $(common_flags) $flags -c "$file" -o "${file%.*}.o"
        objects+=("${file%.*}.o")
    done
    "$AR" rcsD "$prefix/lib/$name" "${objects[@]}"
}

write_pc() { # PREFIX FILE NAME VERSION LIBS CFLAGS
    mkdir -p "$1/lib/pkgconfig"
    printf 'prefix=%s\nincludedir=${prefix}/include\nName: %s\nDescription: %s\nVersion: %s\n' \
        "$1" "$3" "$3" "$4" > "$1/lib/pkgconfig/$2.pc"
    printf 'Libs: -L${prefix}/lib %s\nCflags: -I${includedir}%s\n' "$5" "$6" >> "$1/lib/pkgconfig/$2.pc"
}

# Configures, builds and installs a library that has a CMake build which knows MinGW.
# SECTIONS and definitions go in by CMAKE_C_FLAGS; the prefix map keeps build paths out.
cmake_build() { # SOURCE WORK PREFIX DEPS EXTRA-C-FLAGS OPTION...
    local source=$1 work=$2 prefix=$3 deps=$4 flags=$5
    shift 5
    cmake -S "$source" -B "$work/build" -G Ninja \
        -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR="$SYSTEM_PROCESSOR" \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_RC_COMPILER="$RC" -DCMAKE_AR="$(command -v "$AR")" \
        -DCMAKE_RANLIB="$(command -v "$RANLIB")" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE='-DNDEBUG' \
        -DCMAKE_C_FLAGS="$(common_flags) $flags -ffile-prefix-map=$source=. -ffile-prefix-map=$work=." \
        -DCMAKE_FIND_ROOT_PATH="$deps" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
        -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
        -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF \
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@"
    ninja -C "$work/build" -j "$JOBS" install
}

# File by file: zlib's CMake build edits its own sources and insists on a DLL, its configure refuses MinGW.
build_zlib() {
    local prefix=$3 version
    cd "$1"
    archive_of "$prefix" libz.a '' adler32.c compress.c crc32.c deflate.c infback.c inffast.c inflate.c \
        inftrees.c trees.c uncompr.c zutil.c
    install -D -m 644 -t "$prefix/include" zlib.h zconf.h
    version=$(sed -n 's/^#define ZLIB_VERSION "\(.*\)"/\1/p' zlib.h)
    write_pc "$prefix" zlib zlib "$version" -lz ''
}

# File by file: zstd's CMake build asks for a C++ compiler, which nothing else needs.
build_zstd() {
    local prefix=$3 version
    cd "$1/lib"
    archive_of "$prefix" libzstd.a '-DZSTD_MULTITHREAD=1 -DXXH_NAMESPACE=ZSTD_' \
        common/*.c compress/*.c decompress/*.c decompress/*.S
    install -D -m 644 -t "$prefix/include" zstd.h zstd_errors.h
    version=$(sed -n 's/^#define ZSTD_VERSION_\(MAJOR\|MINOR\|RELEASE\) *\([0-9]*\).*/\2/p' zstd.h | paste -sd.)
    write_pc "$prefix" libzstd zstd "$version" -lzstd ''
}

# Its _snprintf for "other Windows compilers" leaves text without an end when it is cut; MinGW has the real one.
build_jansson() {
    sed -i -e '/^#define snprintf  _snprintf$/d' -e '/^#define vsnprintf _vsnprintf$/d' "$1/src/jansson_private.h"
    cmake_build "$1" "$2" "$3" "$4" '' -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF \
        -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_BUILD_SHARED_LIBS=OFF
}

# For the tests only; not part of the program. Its build always makes a DLL too, which is dropped. The header
# takes the printf of msvcrt for granted, and would warn of %zu.
build_cmocka() {
    sed -i -e 's/__printf__/__MINGW_PRINTF_FORMAT/' -e 's/^#define CMOCKA_H_$/&\n#include <stdio.h>/' "$1/include/cmocka.h"
    cmake_build "$1" "$2" "$3" "$4" '' -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
    rm "$3/lib/libcmocka.dll.a"
    mv "$3/lib/libcmocka-static.a" "$3/lib/libcmocka.a"
}

# Named and placed as in Debian, so that the same find_package(Lua) works for both systems.
build_lua() {
    local prefix=$3 file files=()
    cd "$1/src"
    for file in *.c; do
        case $file in lua.c | luac.c) ;; *) files+=("$file") ;; esac
    done
    archive_of "$prefix" liblua5.4.a -std=gnu99 "${files[@]}"
    install -D -m 644 -t "$prefix/include/lua5.4" lua.h luaconf.h lualib.h lauxlib.h
    write_pc "$prefix" lua5.4 Lua 5.4 -llua5.4 /lua5.4
}

# HAVE_PTHREAD_H=0: it would take winpthreads, which is not linked; Win32 threads are wanted.
# LIBXML_STATIC while building: otherwise the program exports 1,300 symbols and keeps them all.
# What the parser does not need is left out: with it, the program would be 0.5 MB larger.
build_libxml2() {
    local option off=()
    for option in PYTHON LZMA ZLIB ICONV ICU PROGRAMS TESTS HTTP FTP HTML MODULES CATALOG DEBUG LEGACY \
        SCHEMATRON DOCS SCHEMAS REGEXPS PATTERN XPATH XPTR XINCLUDE READER WRITER C14N; do
        off+=("-DLIBXML2_WITH_$option=OFF")
    done
    cmake_build "$1" "$2" "$3" "$4" -DLIBXML_STATIC -DHAVE_PTHREAD_H=0 -DLIBXML2_WITH_THREADS=ON "${off[@]}"
}

# zip, cab, tar with gzip and zstd. No digests or ciphers of its own: checking content is OpenSSL's part.
build_libarchive() {
    local option off=()
    for option in OPENSSL MBEDTLS NETTLE CNG LIBB2 LZ4 LZO LZMA BZip2 LIBXML2 EXPAT ICONV \
        ACL XATTR TAR CPIO CAT UNZIP TEST; do
        off+=("-DENABLE_$option=OFF")
    done
    cmake_build "$1" "$2" "$3" "$4" -DLIBARCHIVE_STATIC -DENABLE_ZLIB=ON -DENABLE_ZSTD=ON \
        -DENABLE_WERROR=OFF -DPOSIX_REGEX_LIB=NONE -DWINDOWS_VERSION=WIN10 "${off[@]}"
}

# AES-GCM for AVX-512 is 0.7 MB of code, a twelfth of the program, and makes a download no faster. No option
# leaves it out, but its generator has a branch for assemblers that do not know these instructions.
leave_out_avx512_gcm() {
    local file=crypto/modes/asm/aes-gcm-avx512.pl
    sed -i 's/^if (\$avx512vaes>0) {/$avx512vaes = 0;\n&/' "$file"
    grep -qx '\$avx512vaes = 0;' <(tail -n +45 "$file") || { echo "$file has changed"; return 1; }
}

# Built in its source tree: file names in it are then relative, and the text that OpenSSL keeps of its
# compiler flags names no path. OSSL_WINCTX=none: no default directories; those of a Unix cross build
# would be writable by everyone on Windows. DES, RC2 and the legacy provider stay: PKCS#12 files exported by
# Windows use them.
build_openssl() {
    local prefix=$3 off=() option
    for option in shared tests apps docs module engine dso comp zlib ssl3 dtls quic srp srtp psk ct \
        cmp ts idea rc4 rc5 bf cast seed camellia aria md4 mdc2 whirlpool rmd160 siphash sm2 sm3 sm4 \
        ml-dsa slh-dsa dsa dh gost weak-ssl-ciphers ui-console autoload-config capieng uplink filenames \
        ec2m argon2 rfc3779; do
        off+=("no-$option")
    done
    cd "$1"
    leave_out_avx512_gcm
    # OpenSSL 3.5 has no MinGW target for ARM64: this gives it one.
    cat > arm64.conf <<'CONF'
my %targets = ("mingwarm64" => { inherit_from => ["mingw-common"], cflags => "", sys_id => "MINGW64",
    bn_ops => add("SIXTY_FOUR_BIT"), asm_arch => "aarch64", perlasm_scheme => "win64",
    uplink_arch => undef, multilib => "" });
CONF
    ./Configure --config=arm64.conf "$OPENSSL_TARGET" "--cross-compile-prefix=$TRIPLET-" --prefix=/deps \
        --libdir=lib --openssldir=/deps/ssl "${off[@]}" -DOSSL_WINCTX=none $(common_flags)
    nice make -j "$JOBS" build_libs
    make install_dev DESTDIR="$2/stage"
    mkdir -p "$prefix"
    cp -R "$2/stage/deps/." "$prefix/"
}

# OpenSSL only: with CURLSSLOPT_NATIVE_CA it reads the trust store of Windows, so Schannel adds nothing.
# SSPI gives NTLM, Kerberos and Negotiate without further libraries.
build_curl() {
    local option off=()
    for option in FTP LDAP LDAPS TELNET DICT TFTP RTSP POP3 IMAP SMTP GOPHER MQTT SMB WEBSOCKETS IPFS; do
        off+=("-DCURL_DISABLE_$option=ON")
    done
    cmake_build "$1" "$2" "$3" "$4" '' -DBUILD_STATIC_LIBS=ON -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF \
        -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF -DENABLE_CURL_MANUAL=OFF \
        -DCURL_TARGET_WINDOWS_VERSION=0x0A00 -DENABLE_UNICODE=ON -DCURL_USE_OPENSSL=ON \
        -DCURL_USE_SCHANNEL=OFF -DCURL_WINDOWS_SSPI=ON -DOPENSSL_ROOT_DIR="$4" -DOPENSSL_USE_STATIC_LIBS=ON \
        -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none \
        -DCURL_ZLIB=ON -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DUSE_NGHTTP2=OFF -DCURL_USE_LIBPSL=OFF \
        -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF -DUSE_WIN32_IDN=OFF "${off[@]}"
}
