@echo off
rem Any command with the server's settings, as in: pavement.cmd device add NAME
call "%~dp0settings.cmd" || exit /b 1
set PYTHONUTF8=1
"%~dp0venv\Scripts\python.exe" -m pavement.cli %*
