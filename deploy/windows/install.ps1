# Installs pavement on one Windows PC (10, 11, Server): an administrator's PowerShell in this folder, then
#   powershell -ExecutionPolicy Bypass -File install.ps1 -HostName road-pc -Data D:\pavement-data -Backups E:\pavement-backups
# -Wheels FOLDER: where pip finds everything on a PC without internet (made elsewhere by `pip download`).
param(
  [Parameter(Mandatory)][string]$HostName,
  [string]$Root = "C:\pavement",
  [string]$Data = "D:\pavement-data",
  [string]$Backups = "E:\pavement-backups",
  [int]$Port = 8443,
  [string]$Wheels = ""
)
$ErrorActionPreference = "Stop"
$me = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { throw "start PowerShell as administrator" }
$version = & py -3 -c "import sys; print(sys.version_info >= (3, 11))"
if ($version -ne "True") { throw "install Python 3.11 or newer (64 bit, with the py launcher) first" }

New-Item -ItemType Directory -Force $Root, $Data, $Backups | Out-Null
Copy-Item "$PSScriptRoot\*.cmd", "$PSScriptRoot\*.ps1" $Root -Force
if (-not (Test-Path "$Root\settings.cmd")) {
  (Get-Content "$PSScriptRoot\settings.cmd.example") `
    -replace "PAVEMENT_DATA=.*", "PAVEMENT_DATA=$Data" `
    -replace "PAVEMENT_NETWORK=.*", "PAVEMENT_NETWORK=$Data\input\network.gpkg" `
    -replace "PAVEMENT_PUBLIC_URL=.*", "PAVEMENT_PUBLIC_URL=https://${HostName}:$Port" `
    -replace "PORT=.*", "PORT=$Port" `
    -replace "BACKUPS=.*", "BACKUPS=$Backups" | Set-Content -Encoding Ascii "$Root\settings.cmd"
}
New-Item -ItemType Directory -Force "$Data\input" | Out-Null

if (-not (Test-Path "$Root\venv")) { & py -3 -m venv "$Root\venv" }
& "$Root\update.ps1" -Root $Root -Wheels $Wheels -First
& "$Root\pavement.cmd" certificate --out "$Root\certs" --host $HostName --host localhost --host 127.0.0.1
if ($LASTEXITCODE) { throw "no certificate was made" }

# keys and data: administrators and the system only
icacls $Root /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" | Out-Null
icacls $Data /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" | Out-Null

$system = New-ScheduledTaskPrincipal -UserId "SYSTEM" -LogonType ServiceAccount -RunLevel Highest
$boot = New-ScheduledTaskTrigger -AtStartup
$night = New-ScheduledTaskTrigger -Daily -At 02:30
$always = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -MultipleInstances IgnoreNew -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$once = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew
Register-ScheduledTask -Force -TaskName "pavement" -Principal $system -Trigger $boot -Settings $always -Action (New-ScheduledTaskAction -Execute "$Root\serve.cmd" -WorkingDirectory $Root) | Out-Null
Register-ScheduledTask -Force -TaskName "pavement backup" -Principal $system -Trigger $night -Settings $once -Action (New-ScheduledTaskAction -Execute "$Root\backup.cmd" -WorkingDirectory $Root) | Out-Null
if (-not (Get-NetFirewallRule -DisplayName "pavement" -ErrorAction SilentlyContinue)) {
  New-NetFirewallRule -DisplayName "pavement" -Direction Inbound -Protocol TCP -LocalPort $Port -Action Allow -Profile Domain, Private | Out-Null
}
Start-ScheduledTask "pavement"
Write-Host "https://${HostName}:$Port   phones and PCs need $Root\certs\ca.crt"
