@echo off
rem Started every night by the task "pavement backup", while the server runs; the newest 14 are kept.
call "%~dp0settings.cmd" || exit /b 1
set PYTHONUTF8=1
if not exist "%BACKUPS%" mkdir "%BACKUPS%" || exit /b 1
for /f %%D in ('powershell -NoProfile -Command "Get-Date -Format yyyyMMdd"') do set TODAY=%%D
"%~dp0venv\Scripts\python.exe" -m pavement.cli backup --out "%BACKUPS%\pavement-%TODAY%.tar" >> "%PAVEMENT_DATA%\backup.log" 2>&1 || exit /b 1
for /f "skip=14 delims=" %%F in ('dir /b /o-n "%BACKUPS%\pavement-*.tar"') do del "%BACKUPS%\%%F"
