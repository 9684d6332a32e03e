// What administrators' scripts do with the objects; each line of `Seen` is a check of com.sh.
// An error ends the script with exit code 1 and says what: the script host itself ends with 0.
function main() {
  var env = new ActiveXObject("Microsoft.SMS.TSEnvironment");
  var seen = "value=" + env.Value("Colour") + ";default=" + env("Colour") + ";missing=[" + env.Value("Nothing") + "]";
  seen += ";secret=" + env.Value("Pin");
  env.Value("FromScript") = "a \"b\" \u00fc\u4e2d";
  try { env.Value("_SMSTSInWinPE") = "x"; seen += ";written"; } catch (e) { seen += ";refused=" + (e.description.indexOf("read-only") > 0); }
  try { env.Value("bad name\n") = "x"; seen += ";written"; } catch (e) { seen += ";bad name refused"; }
  try { env.NoSuchThing(); seen += ";called"; } catch (e) { seen += ";no such member"; }
  env.Value("Seen") = seen;
}
var failed = "";
try { main(); } catch (e) { failed = "error " + (e.number >>> 0).toString(16) + " " + e.description; }
if (failed) { WScript.Echo(failed); WScript.Quit(1); }
