/** Every form in which a secret may lie about: as it is, in hex, in octets of a URL, and in base64 within other bytes. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    [...secret].reverse().join(''),
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    hex,
    hex.toUpperCase(),
    // The middle of a base64 text depends on where in a group of three bytes the secret begins.
    ...[0, 1, 2].flatMap((shift) =>
      (['base64', 'base64url'] as const).map((encoding) =>
        Buffer.concat([Buffer.alloc(shift), bytes])
          .toString(encoding)
          .slice(shift === 0 ? 0 : 4)
          .replace(/.{0,3}=*$/, ''),
      ),
    ),
  ]
  return [...new Set(forms)].filter((form) => form.length >= 8)
}

/** Which secrets stand in a text, by their names; each is tried whole and in every other form. */
export function leaksIn(text: string, secrets: ReadonlyMap<string, string>): readonly string[] {
  return [...secrets]
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name)
}

/** The parts of a token that are secret: the whole, the claims as they travel, and the signature in two encodings. */
export function tokenSecrets(
  name: string,
  token: string,
): ReadonlyArray<readonly [string, string]> {
  const [, claims = '', signature = ''] = token.split('.')
  return [
    [`${name}`, token],
    [`${name}: claims`, claims],
    [`${name}: claims, decoded`, Buffer.from(claims, 'base64url').toString()],
    [`${name}: signature`, signature],
  ]
}
