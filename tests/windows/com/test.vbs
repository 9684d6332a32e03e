' An error ends the script with exit code 1 and says where: the script host itself ends with 0.
On Error Resume Next
Sub Check(what)
  If Err.Number <> 0 Then
    WScript.Echo what & ": error " & Hex(Err.Number) & " " & Err.Description
    WScript.Quit 1
  End If
End Sub

Set env = CreateObject("Microsoft.SMS.TSEnvironment")
Check "TSEnvironment"
n = ""
For Each v In env.GetVariables
  If LCase(v) = "colour" Or LCase(v) = "fromscript" Then n = n & v & " "
Next
Check "GetVariables"
env("FromVb") = n
Check "FromVb"
Set ui = CreateObject("Microsoft.SMS.TSProgressUI")
Check "TSProgressUI"
ui.ShowTSProgress "Org", "Package", "Title", "Doing it", 3, 7
Check "ShowTSProgress"
ui.ShowActionProgress "Org", "Package", "Title", "Copying", 3, 7, "file 5", 5, 9
Check "ShowActionProgress"
ui.ShowMessage "a message", "title", 0
Check "ShowMessage"
ui.ShowErrorDialog "Org", "Package", "Title", "it broke", 1603, 30, False
Check "ShowErrorDialog"
ui.CloseProgressDialog
Check "CloseProgressDialog"
