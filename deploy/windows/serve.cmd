@echo off
rem Started at boot by the task "pavement"; what the server says is in server.log.
call "%~dp0settings.cmd" || exit /b 1
if not exist "%PAVEMENT_DATA%" mkdir "%PAVEMENT_DATA%"
set LOG=%PAVEMENT_DATA%\server.log
if exist "%LOG%" for %%F in ("%LOG%") do if %%~zF GTR 50000000 move /y "%LOG%" "%LOG%.1" >nul
set PYTHONUTF8=1
rem once taken in, the network is in the store: its file is needed only when it changes
if not exist "%PAVEMENT_NETWORK%" set PAVEMENT_NETWORK=
"%~dp0venv\Scripts\python.exe" -m pavement.cli serve --host 0.0.0.0 --port %PORT% --workers %WORKERS% --tls-cert "%~dp0certs\server.crt" --tls-key "%~dp0certs\server.key" >> "%LOG%" 2>&1
