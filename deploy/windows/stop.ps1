# Stops the server. It may be ended at any moment: what phones had a receipt for is on the disk, analyses go on later.
param([string]$Root = "C:\pavement")
Stop-ScheduledTask "pavement" -ErrorAction SilentlyContinue
# the task's end does not end what it started: workers end by themselves when the server does
Get-CimInstance Win32_Process |
  Where-Object { $_.CommandLine -like "*$Root\venv\Scripts\python.exe*pavement.cli serve*" } |
  ForEach-Object { Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue }
Start-Sleep -Seconds 3
