# What cannot be meant is an error before anything is asked for.
say() { taskseq "$@" 2>&1; echo "$?"; }
echo "# fetch"
say fetch --source repo --package P1 --to ''
say fetch --source repo --package P1 --sha256 00 --to out
say fetch --source repo --deployment D1 --version 3 --to out
say fetch --alternate-provider --package P1 P1 out http://dp/
say fetch --alternate-provider --to out P1 out
say fetch $(printf -- '--source https://h/%d ' $(seq 17)) --package P1 --to out
say fetch --source https://localhost:99999/ --package P1 --to out
say fetch --source https:// --package P1 --to out
say fetch --source repo --proxy gopher://proxy:70 --package P1 --to out
echo '<site><proxy url="ftp://proxy"/></site>' >site.xml
say fetch --source repo --site site.xml --package P1 --to out
echo "# doctor"
say doctor https://localhost:99999/
say doctor
echo "# publish"
say publish check --repo repo $(printf -- '--source https://h/%d ' $(seq 17))
say publish deployment --repo repo --id D1 s.xml $(printf -- '--target uuid:%d ' $(seq 1025))
say publish package --repo repo --id P1 $(printf -- '--image %d ' $(seq 65)) x.wim
say publish package --repo repo --id P1 $(seq 1025)
say publish import --repo repo $(seq 33)
say publish import --repo repo $(printf -- '--package %d ' $(seq 1025)) share
ls -A
