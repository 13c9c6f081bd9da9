#!/usr/bin/env bash
# usage: check_outputs.sh RESULT   LibreOffice opens the workbook, poppler the photo book; both have pages.
set -euo pipefail
result=$1
if ! command -v soffice >/dev/null || ! command -v pdfinfo >/dev/null; then
  echo "skipped: needs LibreOffice Calc and poppler"
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
HOME=$scratch soffice --headless --convert-to pdf --outdir "$scratch" "$result/様式A.xlsx" >/dev/null 2>&1
for file in "$scratch/様式A.pdf" "$result/画像集.pdf"; do
  pages=$(pdfinfo "$file" | sed -n 's/^Pages: *//p')
  test "$pages" -ge 1
  echo "$(basename "$file"): $pages pages"
done
pdftotext "$scratch/様式A.pdf" "$scratch/様式A.txt"
grep -q 健全性の診断 "$scratch/様式A.txt"
