#!/bin/bash
# golden.sh EXE - the golden output of the command line, which Linux made, from the Windows program under
# Wine: byte for byte the same. Left out is what must differ: the machine's name and its programs, drive
# letters, the texts of Windows' own errors, the locale that only Linux has, and the encodings that only its
# iconv knows.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
top=$here/../..
different="check_encoding prestart run_and_resume simulate_bad_input simulate_narrow_ascii simulate_share_link usage"
wrapper=$(mktemp)
trap 'rm -f "$wrapper"' EXIT
printf '#!/bin/bash\nexec %q --run %q "$@"\n' "$(realpath "$top/cmake/windows/wine-env.sh")" "$exe" >"$wrapper"
chmod +x "$wrapper"
cases=()
for case in "$top"/tests/golden/cli/*.cmd; do
    name=$(basename "$case" .cmd)
    [[ " $different " == *" $name "* ]] || cases+=("$name")
done
"$top/tests/golden/run.sh" "$wrapper" "$top/tests/golden/cli" "${cases[@]}"
