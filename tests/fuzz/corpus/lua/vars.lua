ts.var.set("A", "1") ts.var.set("B", "x", {secret = true}) ts.var.set("C", true)
assert(ts.var.get("A") == "1") ts.var.list("A*") ts.var.expand("%A%%B%%Z%") ts.var.is_secret("B")
pcall(ts.var.set, "_SMSTSX", "1") pcall(ts.var.set, "", "") pcall(ts.var.get, nil)
