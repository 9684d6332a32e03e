Set env = CreateObject("Microsoft.SMS.TSEnvironment")
n = ""
For Each v In env.GetVariables
  If LCase(v) = "colour" Or LCase(v) = "fromscript" Then n = n & v & " "
Next
env("FromVb") = n
Set ui = CreateObject("Microsoft.SMS.TSProgressUI")
ui.ShowTSProgress "Org", "Package", "Title", "Doing it", 3, 7
ui.ShowActionProgress "Org", "Package", "Title", "Copying", 3, 7, "file 5", 5, 9
ui.ShowMessage "a message", "title", 0
ui.ShowErrorDialog "Org", "Package", "Title", "it broke", 1603, 30, False
ui.CloseProgressDialog
