#!/bin/bash
# schema.sh PROGRAM SOURCE - the schemas are valid, every shipped sequence (and with TASKSEQ_CORPUS
# every well-formed real one) validates against the XSD, and the RELAX NG finds a variable that its
# step type does not have. Status 77: xmllint is missing, nothing was tested.
set -u
program=$1 source=$2
command -v xmllint >/dev/null || { echo "xmllint (libxml2-utils) is missing: not tested"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0 count=0
"$program" schema --output "$folder/s.xsd" && "$program" schema --format rng --output "$folder/s.rng" ||
  exit 1
validate() { # SCHEMA-OPTION FILE
  xmllint --noout "$1" "$folder/${1/#--/}" "$2" 2>"$folder/errors" && return
  head -n 5 "$folder/errors"
  return 1
}
ln -s s.xsd "$folder/schema"
ln -s s.rng "$folder/relaxng"
files=("$source"/sequences/*.xml "$source"/tests/golden/cli/*.xml)
if [ -n "${TASKSEQ_CORPUS-}" ]; then
  for file in "$TASKSEQ_CORPUS"/{configmgr-sequence,mdt-ts,mdt-template,psd-template}/*.xml; do
    xmllint --noout "$file" 2>/dev/null && files+=("$file")
  done
fi
for file in "${files[@]}"; do
  count=$((count + 1))
  validate --schema "$file" || { echo "$file does not validate against the XSD"; failed=1; }
done
validate --relaxng "$source/tests/golden/cli/all.xml" || { echo "RELAX NG refuses a good file"; failed=1; }
sed 's/<variable name="VariableName"/<variable name="VariabelName"/' "$source/tests/golden/cli/all.xml" \
  >"$folder/bad.xml"
if validate --relaxng "$folder/bad.xml" >/dev/null; then
  echo "RELAX NG accepts a variable that the step type does not have"
  failed=1
fi
echo "$count files against the XSD"
exit $failed
