# bash completion for taskseq: made by 'taskseq docs completion'; do not edit.
_taskseq_commands='run
boot
resume
simulate
test
diff
log report
new step
check
steps
schema
publish package
publish import
publish deployment
publish source
publish remove
publish sign
publish check
publish gc
fetch
doctor
explain
machine capture
machine list
var get
var set
var list'

_taskseq_options() {
    case $1 in
    'run') options="--var --vars --sequence --prestart --steps --work --log --events --site --cache --cache-max --disk --agent --phase --script-limit --allow-restart --verify --color --help" operands=@file ;;
    'boot') options="--deployment --var --vars --prestart --steps --work --log --events --site --cache --cache-max --disk --agent --phase --script-limit --allow-restart --color --help" operands=@none ;;
    'resume') options="--again --skip --work --log --events --site --cache --cache-max --disk --agent --phase --script-limit --allow-restart --color --help" operands=@none ;;
    'simulate') options="--machine --var --vars --mock --fail --unknown --sequence --prestart --share --steps --script-limit --json --html --jobs --verbose --color --help" operands=@file ;;
    'test') options="--filter --list --steps --script-limit --tap --junit --html --coverage --cobertura --fail-under --color --help" operands=@file ;;
    'diff') options="--machine --var --vars --steps --prestart --script-limit --share --json --markdown --color --help" operands=@file ;;
    'log report') options="--html --verbose --color --help" operands=@file ;;
    'new step') options="--dir --color --help" operands=@none ;;
    'check') options="--format --output --rule --ignore --strict --rules --steps --color --help" operands=@file ;;
    'steps') options="--json --names --steps --color --help" operands=@step ;;
    'schema') options="--format --output --steps --color --help" operands=@none ;;
    'publish package') options="--repo --id --version --name --image --pipable --install-image --loose --encrypt --color --help" operands=@file ;;
    'publish import') options="--repo --package --sequence --version --catalogue --loose --encrypt --list --color --help" operands=@file ;;
    'publish deployment') options="--repo --id --name --target --lookup-key --color --help" operands=@file ;;
    'publish source') options="--repo --id --type --auth --priority --color --help" operands=@none ;;
    'publish remove') options="--repo --version --color --help" operands=@none ;;
    'publish sign') options="--repo --cert --key --key-password-file --site --days --color --help" operands=@none ;;
    'publish check') options="--repo --source --site --cacert --color --help" operands=@none ;;
    'publish gc') options="--repo --keep-days --color --help" operands=@none ;;
    'fetch') options="--package --version --deployment --manifest --sha256 --to --source --site --cacert --signer --pfx --pfx-password-file --token-file --revocation --system-store --crl --proxy --limit-rate --connections --cache --cache-max --tries --alternate-provider --json --quiet --color --help" operands=@none ;;
    'doctor') options="--site --cacert --signer --pfx --pfx-password-file --token-file --revocation --json --color --help" operands=@none ;;
    'explain') options="--as --names --color --help" operands=@rule ;;
    'machine capture') options="--output --phase --disk --color --help" operands=@none ;;
    'machine list') options="--names --color --help" operands=@none ;;
    'var get') options="--color --help" operands=@none ;;
    'var set') options="--secret --color --help" operands=@none ;;
    'var list') options="--color --help" operands=@none ;;
    esac
}

_taskseq_value() {
    words=
    case $1 in
    'run --var') words='@none' ;;
    'run --vars') words='@file' ;;
    'run --sequence') words='@none' ;;
    'run --prestart') words='@file' ;;
    'run --steps') words='@folder' ;;
    'run --work') words='@folder' ;;
    'run --log') words='@folder' ;;
    'run --events') words='@file' ;;
    'run --site') words='@file' ;;
    'run --cache') words='@folder' ;;
    'run --cache-max') words='@none' ;;
    'run --disk') words='@file' ;;
    'run --agent') words='@file' ;;
    'run --phase') words='winpe full' ;;
    'run --script-limit') words='@none' ;;
    'boot --deployment') words='@none' ;;
    'boot --var') words='@none' ;;
    'boot --vars') words='@file' ;;
    'boot --prestart') words='@file' ;;
    'boot --steps') words='@folder' ;;
    'boot --work') words='@folder' ;;
    'boot --log') words='@folder' ;;
    'boot --events') words='@file' ;;
    'boot --site') words='@file' ;;
    'boot --cache') words='@folder' ;;
    'boot --cache-max') words='@none' ;;
    'boot --disk') words='@file' ;;
    'boot --agent') words='@file' ;;
    'boot --phase') words='winpe full' ;;
    'boot --script-limit') words='@none' ;;
    'resume --work') words='@folder' ;;
    'resume --log') words='@folder' ;;
    'resume --events') words='@file' ;;
    'resume --site') words='@file' ;;
    'resume --cache') words='@folder' ;;
    'resume --cache-max') words='@none' ;;
    'resume --disk') words='@file' ;;
    'resume --agent') words='@file' ;;
    'resume --phase') words='winpe full' ;;
    'resume --script-limit') words='@none' ;;
    'simulate --machine') words='@machine' ;;
    'simulate --var') words='@none' ;;
    'simulate --vars') words='@file' ;;
    'simulate --mock') words='@none' ;;
    'simulate --fail') words='@none' ;;
    'simulate --unknown') words='run skip' ;;
    'simulate --sequence') words='@none' ;;
    'simulate --prestart') words='@file' ;;
    'simulate --share') words='@folder' ;;
    'simulate --steps') words='@folder' ;;
    'simulate --script-limit') words='@none' ;;
    'simulate --json') words='@file' ;;
    'simulate --html') words='@file' ;;
    'simulate --jobs') words='@none' ;;
    'test --filter') words='@none' ;;
    'test --steps') words='@folder' ;;
    'test --script-limit') words='@none' ;;
    'test --junit') words='@file' ;;
    'test --html') words='@file' ;;
    'test --cobertura') words='@file' ;;
    'test --fail-under') words='@none' ;;
    'diff --machine') words='@machine' ;;
    'diff --var') words='@none' ;;
    'diff --vars') words='@file' ;;
    'diff --steps') words='@folder' ;;
    'diff --prestart') words='@file' ;;
    'diff --script-limit') words='@none' ;;
    'diff --share') words='@folder' ;;
    'log report --html') words='@file' ;;
    'new step --dir') words='@folder' ;;
    'check --format') words='text json sarif' ;;
    'check --output') words='@file' ;;
    'check --rule') words='@rule' ;;
    'check --ignore') words='@rule' ;;
    'check --steps') words='@folder' ;;
    'steps --steps') words='@folder' ;;
    'schema --format') words='xsd rng' ;;
    'schema --output') words='@file' ;;
    'schema --steps') words='@folder' ;;
    'publish package --repo') words='@folder' ;;
    'publish package --id') words='@none' ;;
    'publish package --version') words='@none' ;;
    'publish package --name') words='@none' ;;
    'publish package --image') words='@none' ;;
    'publish import --repo') words='@folder' ;;
    'publish import --package') words='@none' ;;
    'publish import --sequence') words='@file' ;;
    'publish import --version') words='@none' ;;
    'publish import --catalogue') words='@none' ;;
    'publish deployment --repo') words='@folder' ;;
    'publish deployment --id') words='@none' ;;
    'publish deployment --name') words='@none' ;;
    'publish deployment --target') words='@none' ;;
    'publish deployment --lookup-key') words='@file' ;;
    'publish source --repo') words='@folder' ;;
    'publish source --id') words='@none' ;;
    'publish source --type') words='static oci' ;;
    'publish source --auth') words='none client-certificate bearer' ;;
    'publish source --priority') words='@none' ;;
    'publish remove --repo') words='@folder' ;;
    'publish remove --version') words='@none' ;;
    'publish sign --repo') words='@folder' ;;
    'publish sign --cert') words='@file' ;;
    'publish sign --key') words='@file' ;;
    'publish sign --key-password-file') words='@file' ;;
    'publish sign --site') words='@none' ;;
    'publish sign --days') words='@none' ;;
    'publish check --repo') words='@folder' ;;
    'publish check --source') words='@none' ;;
    'publish check --site') words='@file' ;;
    'publish check --cacert') words='@file' ;;
    'publish gc --repo') words='@folder' ;;
    'publish gc --keep-days') words='@none' ;;
    'fetch --package') words='@none' ;;
    'fetch --version') words='@none' ;;
    'fetch --deployment') words='@none' ;;
    'fetch --manifest') words='@file' ;;
    'fetch --sha256') words='@none' ;;
    'fetch --to') words='@folder' ;;
    'fetch --source') words='@none' ;;
    'fetch --site') words='@file' ;;
    'fetch --cacert') words='@file' ;;
    'fetch --signer') words='@file' ;;
    'fetch --pfx') words='@file' ;;
    'fetch --pfx-password-file') words='@file' ;;
    'fetch --token-file') words='@file' ;;
    'fetch --revocation') words='off soft leaf chain staple' ;;
    'fetch --crl') words='@file' ;;
    'fetch --proxy') words='@none' ;;
    'fetch --limit-rate') words='@none' ;;
    'fetch --connections') words='@none' ;;
    'fetch --cache') words='@folder' ;;
    'fetch --cache-max') words='@none' ;;
    'fetch --tries') words='@none' ;;
    'doctor --site') words='@file' ;;
    'doctor --cacert') words='@file' ;;
    'doctor --signer') words='@file' ;;
    'doctor --pfx') words='@file' ;;
    'doctor --pfx-password-file') words='@file' ;;
    'doctor --token-file') words='@file' ;;
    'doctor --revocation') words='off soft leaf chain staple' ;;
    'explain --as') words='win32 hresult curl x509 http wimlib exit taskseq' ;;
    'machine capture --output') words='@file' ;;
    'machine capture --phase') words='winpe full' ;;
    'machine capture --disk') words='@file' ;;
    *' --color') words='auto always never' ;;
    esac
}

_taskseq_offer() { # WORDS CURRENT
    case $1 in
    @file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    @folder) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    @machine) mapfile -t COMPREPLY < <(
        compgen -W "$(taskseq machine list --names 2>/dev/null)" -- "$2"
        compgen -f -- "$2") ;;
    @step) mapfile -t COMPREPLY < <(
        compgen -W "$(taskseq steps --names 2>/dev/null)" -- "$2") ;;
    @rule) mapfile -t COMPREPLY < <(
        compgen -W "$(taskseq explain --names 2>/dev/null)" -- "$2") ;;
    @none) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
    esac
}

_taskseq() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command= options= operands= words= rest
    local pair="${COMP_WORDS[1]} ${COMP_WORDS[2]}"
    if grep -qxF -- "$pair" <<<"$_taskseq_commands" && ((COMP_CWORD > 2)); then
        command=$pair
    elif grep -qxF -- "${COMP_WORDS[1]}" <<<"$_taskseq_commands" && ((COMP_CWORD > 1)); then
        command=${COMP_WORDS[1]}
    elif ((COMP_CWORD == 1)); then
        rest=$(sed 's/ .*//' <<<"$_taskseq_commands")
        mapfile -t COMPREPLY < <(compgen -W "$rest --help --version" -- "$current" | sort -u)
        return
    else
        rest=$(sed -n "s/^${COMP_WORDS[1]} //p" <<<"$_taskseq_commands")
        mapfile -t COMPREPLY < <(compgen -W "$rest" -- "$current")
        return
    fi
    _taskseq_options "$command"
    _taskseq_value "$command $before"
    if [[ -n $words ]]; then
        _taskseq_offer "$words" "$current"
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    else
        _taskseq_offer "$operands" "$current"
    fi
}
complete -o filenames -F _taskseq taskseq
