# An encoding that the bytes do not fit: one message, in our words.
{
  echo '<?xml version="1.0" encoding="EBCDIC-US"?>'
  echo '<sequence>'
  for i in $(seq 200); do echo "<step name=\"unattend $i\"><action>a.exe</action></step>"; done
  echo '</sequence>'
} >seq.xml
taskseq check seq.xml; echo "-> $?"
