/** SHA-256 as the store keeps it and as the contract sends it. */

/** SHA-256 in hex. */
export async function sha256Hex(data: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  return Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('')
}

/** `Digest` of a SHA-256 in hex. */
export function digestHeader(sha256: string): string {
  const bytes = sha256.match(/../g)!.map((each) => String.fromCharCode(Number.parseInt(each, 16)))
  return `sha-256=${btoa(bytes.join(''))}`
}
