# A newer version: a backup first, then the program; the data stay. An administrator's PowerShell:
#   powershell -ExecutionPolicy Bypass -File C:\pavement\update.ps1 [-Wheels FOLDER]
param([string]$Root = "C:\pavement", [string]$Wheels = "", [switch]$First)
$ErrorActionPreference = "Stop"
$python = "$Root\venv\Scripts\python.exe"
if (-not $First) {
  & "$Root\backup.cmd"
  if ($LASTEXITCODE) { throw "the backup failed: nothing was changed" }
  & "$Root\stop.ps1" -Root $Root
}
$from = @()
if ($Wheels) { $from = @("--no-index", "--find-links", $Wheels) }
& $python -m pip install --upgrade @from pavement
if ($LASTEXITCODE) { throw "pip failed; the server is stopped: install the former version, or start the task 'pavement'" }
if (-not $First) { Start-ScheduledTask "pavement" }
& $python -m pavement.cli --version
