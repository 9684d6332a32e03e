#!/bin/bash
# lint.sh [--analyse] - our own rules, format, and a build with clang. --analyse: clang-tidy and
# cppcheck as well, over the whole tree (ten minutes and more on two cores).
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
say() { printf '%s\n' "$1"; bad=1; }
files() { git ls-files -co --exclude-standard -- "$@"; }

code=$(files '*.c' '*.h')

# Functions that overflow, guess, or depend on the locale or a shell.
banned='\b(sprintf|vsprintf|strcpy|strcat|strtok|atoi|atol|gets|system|alloca|setlocale|popen)\('
alloc='\b(malloc|calloc|realloc|strdup|strndup|_strdup|_?wcsdup)\('
hits=$(grep -nE "$alloc" $(printf '%s\n' $code | grep -E '^(engine|steps)/' | grep -vF engine/base/mem.c) || true)
[ -z "$hits" ] || say "allocators other than ts_alloc:
$hits"
hits=$(grep -nE "$banned" $code | grep -vE '^tests/|ts_sprintf\(|^[^:]*:[0-9]+: *\*|/\*' || true)
[ -z "$hits" ] || say "banned functions:
$hits"

# Platform differences live in engine/os and engine/host.
hits=$(grep -nE '^[[:space:]]*#[[:space:]]*if.*(_WIN32|__linux__|__unix__|__MINGW)' $code |
  grep -vE '^(engine/(os|host)/|engine/include/ts/compiler.h|tests/)' || true)
[ -z "$hits" ] || say "platform #if outside engine/os and engine/host:
$hits"

# Which folder may see which library (docs/architecture.md, section 8).
may() { # PATTERN FOLDERS-REGEX WHAT
  local hits
  hits=$(grep -nE "#include <($1)" $code | grep -vE "^($2)" || true)
  [ -z "$hits" ] || say "$3 may not be included here:
$hits"
}
may 'libxml/' 'engine/xml/|tests/' libxml2
may 'jansson' 'engine/json/|tests/' jansson
may 'openssl/' 'engine/(crypto|net)/|tests/' OpenSSL
may 'curl/' 'engine/net/|tests/' libcurl
may 'archive|zstd' 'engine/archive/|tests/' 'libarchive and zstd'
may 'hivex|libfdisk|ntfs-3g/' 'engine/host/linux/|tests/' 'hivex, libfdisk, ntfs-3g'
may 'wimlib.h' 'engine/host/(linux|wim)/|engine/archive/wim(_export|lib_error)\.|tests/' 'wimlib'
may 'lua\.h|lauxlib|lualib' 'lua/|tests/' Lua
may 'windows\.h|unistd|sys/|fcntl|pthread|poll\.h|signal\.h|spawn\.h|dirent' 'engine/(os|host)/|tests/' 'OS headers'
hits=$(files 'steps/*.c' 'steps/*.h' | xargs grep -nE '#include ["<]' |
  grep -vE '#include (<ts/|"|<(assert|ctype|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h>)' || true)
[ -z "$hits" ] || say "a step sees <ts/...> and nothing else:
$hits"
hits=$(files 'steps/*.c' | xargs grep -nE 'ts_host_is_simulated' || true)
[ -z "$hits" ] || say "a step has one path for every host (ts_ctx_may_assume, ts_result_unsupported):
$hits"
hits=$(files 'engine/host/sim/*' | xargs grep -nE '#include "os\.h"|ts_file_(open|read|write|remove|rename|exists)|ts_process_|fopen\(' || true)
[ -z "$hits" ] || say "the simulated host must not be able to touch the real machine:
$hits"

# Who prints: the command line.
hits=$(files 'engine/*.c' 'steps/*.c' 'lua/*.c' | grep -vE '^engine/(cli/|os/.*_console)' |
  xargs grep -nE '\b(printf|puts|putchar|perror)\(|\b(stdout|stderr)\b|\bexit\(' || true)
[ -z "$hits" ] || say "only engine/cli prints or exits:
$hits"

# Every rule that decides what the vendor does not document is explained.
for rule in $(grep -ohE '\b(rule|rules|"[A-Z]+) ?[A-Z]+-[A-Z-]+[A-Z]\b|"(VAR|COND|EXPAND|REG|FILE|OS|CODE|MACHINE|WQL)-[A-Z-]+"' \
  $(printf '%s\n' $code | grep -E '^(engine|steps|lua)/') | grep -oE '[A-Z]+-[A-Z-]*[A-Z]' | sort -u); do
  grep -q "^| $rule |" docs/reference/undocumented.md || say "rule $rule is not in docs/reference/undocumented.md"
done

# Sizes.
hits=$(printf '%s\n' $code $(files '*.lua') | xargs wc -l | awk '$2 != "total" && $1 > 600')
[ -z "$hits" ] || say "longer than 600 lines:
$hits"
hits=$(awk 'FNR == 1 {inside = 0}
  /^[a-zA-Z_].*\)$/ || /^[a-zA-Z_].*,$/ {start = FNR}
  /^\{$/ {inside = FNR}
  /^\}/ {if (inside && FNR - inside - 1 > 60) print FILENAME ":" inside ": function of " FNR - inside - 1 " lines"; inside = 0}' \
  $(printf '%s\n' $code | grep '\.c$'))
[ -z "$hits" ] || say "functions longer than 60 lines:
$hits"
hits=$(grep -nE '.{101,}' $code || true)
[ -z "$hits" ] || say "lines longer than 100 columns:
$hits"

# Every public header compiles alone.
for header in engine/include/ts/*.h; do
  printf '#include <ts/%s>\ntypedef int not_empty;\n' "$(basename "$header")" |
    cc -std=c17 -Wall -Wextra -Wpedantic -Werror -Iengine/include -x c -fsyntax-only - ||
    say "$header does not compile alone"
done

# The interpreter's data flow: a layer uses only what is to its left.
hits=$(grep -lE '#include <ts/(run|step|check|content)\.h>' $(files 'engine/base/*' 'engine/os/*' \
  'engine/xml/*' 'engine/json/*' 'engine/crypto/*' 'engine/net/*' 'engine/archive/*') /dev/null || true)
[ -z "$hits" ] || say "a layer includes what is to its right:
$hits"

if command -v clang-format >/dev/null; then
  hits=$(printf '%s\n' $code | xargs clang-format --dry-run 2>&1 | grep -c 'warning:' || true)
  [ "$hits" -eq 0 ] || say "$hits places are not formatted: run clang-format -i (see .clang-format)"
fi

# Another compiler's warnings.
cmake -S . -B build/clang -G Ninja -DCMAKE_C_COMPILER=clang -DTASKSEQ_WERROR=ON \
  -DCMAKE_BUILD_TYPE=Debug >/dev/null && ninja -C build/clang >build/clang.log 2>&1 || {
  grep -E 'error:|warning:' -A 4 build/clang.log | head -n 40
  say "clang does not build it without warnings"
}

# The table of engine/README.md, upside down: nobody calls what stands below it, by <ts/...> either.
hits=$(for lib in $(find build/clang -name 'libts_*.a'); do
  name=$(basename "$lib" .a)
  nm -g --format=posix "$lib" 2>/dev/null | sed "s/^/${name#libts_} /"
done | awk -v order='base os xml json crypto archive net model host event run check content report steps lua' '
  BEGIN {n = split(order, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i}
  {sub(/^host_.*/, "host", $1)}
  $3 ~ /^[TDRB]$/ {home[$2] = $1}
  $3 == "U" {uses[$1 " " $2] = 1}
  END {for (use in uses) {
    split(use, at, " "); to = home[at[2]]
    if (to != "" && rank[to] > rank[at[1]]) print at[1] " calls " at[2] " of " to
  }}' | sort)
[ -z "$hits" ] || say "a folder calls one below it (engine/README.md):
$hits"
[ "${1-}" = --analyse ] || exit "$bad"

sources=$(printf '%s\n' $code | grep -E '^(engine|steps|lua)/.*\.c$' | grep -vE 'win32|/windows/')
printf '%s\n' $sources | xargs -P 2 -n 20 clang-tidy -p build/clang --quiet >build/tidy.log 2>/dev/null
# Those of Windows: clang with the headers of MinGW.
cmake --preset windows >/dev/null && mkdir -p build/windows/tidy &&
  sed -E 's|"command": "([^ ]*ccache )?[^ ]+|"command": "clang --target=x86_64-w64-mingw32|
    s/-W(logical-op|duplicated-cond|error)( |$)//g; s/-f(macro|file)-prefix-map=[^ ]*//g' \
    build/windows/compile_commands.json >build/windows/tidy/compile_commands.json || say "no preset 'windows' to analyse"
printf '%s\n' $code | grep -E '^engine/(os/win32|host/windows/).*\.c$' |
  xargs -P 2 -n 10 clang-tidy -p build/windows/tidy --quiet >>build/tidy.log 2>/dev/null
grep -qE 'warning:|error:' build/tidy.log && {
  grep -E 'warning:|error:' build/tidy.log | sort -u | head -n 40
  say "clang-tidy has findings"
}
cppcheck --project=build/clang/compile_commands.json --enable=warning,portability --inline-suppr --quiet \
  --error-exitcode=3 -j 2 --suppress=missingIncludeSystem --suppress='*:*tests/*' 2>build/cppcheck.log
[ $? -ne 3 ] || { head -n 40 build/cppcheck.log; say "cppcheck has findings"; }
exit "$bad"
