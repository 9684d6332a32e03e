# What bash would offer; PATH has the program under test.
mkdir bin && ln -s "$TASKSEQ" bin/taskseq && PATH=$PWD/bin:$PATH
unset -f taskseq
. $S/docs/completion/taskseq.bash
offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _taskseq; echo "$*: ${COMPREPLY[*]}"; }
touch here.xml
offer taskseq sim
offer taskseq var ''
offer taskseq var g
offer taskseq simulate --mac
offer taskseq simulate --machine hyperv
offer taskseq simulate her
offer taskseq simulate --unknown ''
offer taskseq check --color a
offer taskseq steps SMS_TaskSequence_SetVar
offer taskseq explain REFU
offer taskseq nonsense x
