import { createHash } from 'node:crypto'

/**
 * The one style sheet of all pages. Colours are pairs that keep a contrast of 4.5 to 1 for text and 3 to 1 for the edges
 * of controls (WCAG 2.2, 1.4.3 and 1.4.11) in both schemes.
 */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f3f5f8; --card: #ffffff; --ink: #171c26; --soft: #515b6b; --line: #dbe0e8;
  --edge: #788396; --accent: #1d55b4; --on-accent: #ffffff; --plain: #38424f; --on-plain: #ffffff; --note: #fdf5e3;
  --note-edge: #a86a00; --chip: #edf0f5 }
@media (prefers-color-scheme: dark) { :root { --ground: #0e1217; --card: #171d26; --ink: #e9edf3; --soft: #a5b0c0;
  --line: #2d3744; --edge: #7b8798; --accent: #8db6ff; --on-accent: #0b1a33; --plain: #c3ccd9; --on-plain: #12171f;
  --note: #2a2417; --note-edge: #d9a441; --chip: #232c38 } }
*, ::before, ::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere }
body > * { width: 100%; max-width: 36rem; margin-inline: auto }
.wide > * { max-width: 46rem }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .625rem; padding: .5rem .25rem 1rem;
  font-size: .9375rem; color: var(--soft) }
header b { color: var(--ink) }
header b::before { content: ""; display: inline-block; width: .625rem; height: .625rem; margin-inline-end: .5rem;
  border-radius: 50%; background: var(--accent) }
main { padding: 1.5rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem }
footer { padding: 1rem .25rem; font-size: .875rem; color: var(--soft) }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.0625rem; line-height: 1.35 }
h3 { margin: 1.25rem 0 .375rem; font-size: .9375rem; line-height: 1.35; font-weight: 600 }
p { margin: 0 0 .75rem }
main > :last-child { margin-block-end: 0 }
footer code { display: inline-block }
.claim { color: var(--accent) }
.soft, .steps { color: var(--soft) }
.note { margin: 1rem 0; padding: .75rem 1rem; background: var(--note); border-inline-start: .25rem solid var(--note-edge);
  border-radius: .375rem }
.note > :last-child { margin: 0 }
dl { margin: 0; border-block-start: 1px solid var(--line) }
dl > div { padding: .625rem 0; border-block-end: 1px solid var(--line) }
dt { font-size: .875rem; color: var(--soft) }
dd { margin: 0 }
dd b { font-weight: 600 }
dd .soft { display: block; font-size: .9375rem }
ul, ol { margin: 0; padding-inline-start: 1.25rem }
li { margin-block: .25rem }
ul.roles { padding: 0; list-style: none }
ul.roles > :first-child { margin-block-start: 0 }
a { color: var(--accent); text-underline-offset: .15em }
code { padding: .0625rem .3125rem; background: var(--chip); border-radius: .3125rem;
  font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
pre { margin: 0; padding: .75rem 1rem; background: var(--chip); border-radius: .5rem; white-space: pre-wrap }
pre code { padding: 0; background: none }
table { width: 100%; border-collapse: collapse }
th { font-size: .875rem; font-weight: 400; color: var(--soft) }
th, td { padding: .5rem .75rem .5rem 0; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top }
details > ul { padding-block-end: .375rem; font-size: .9375rem }
summary { min-height: 2.75rem; padding-block: .625rem; font-size: .9375rem; cursor: pointer; color: var(--accent) }
.choices { margin-block-start: 1.5rem; display: grid; gap: .75rem }
.choices form { margin: 0; display: grid; gap: .75rem }
.choices h2 { margin: 0 }
button, .button { display: block; width: 100%; min-height: 3rem; padding: .6875rem 1rem; border: 2px solid transparent;
  border-radius: .625rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; overflow-wrap: anywhere; cursor: pointer }
button.deny { background: var(--plain); color: var(--on-plain) }
button:hover, .button:hover { text-decoration: underline; text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .375rem }
button:focus-visible, .button:focus-visible { border-radius: .625rem }
@media (min-width: 34rem) {
  body { padding: 2.5rem 1.5rem }
  main { padding: 2rem }
  h1 { font-size: 1.75rem }
  dl > div { display: grid; grid-template-columns: 8rem 1fr; gap: 1rem }
  dt { padding-block-start: .0938rem }
  .pair { grid-template-columns: 1fr 1fr }
}
/* A second click that was meant for another window lands on no button: they wait until the pointer has arrived. */
@keyframes settle { from, to { pointer-events: none } }
@media (hover: hover) { html:hover button { animation: settle .5s } }
@media (forced-colors: active) {
  main, pre, code { border: 1px solid }
  button, .button { border-color: ButtonText }
  header b::before { background: CanvasText }
  .note { border-inline-start-color: CanvasText }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --soft: #333; --accent: #000; --note: #fff;
    --chip: #fff }
  body { padding: 0 }
  main { padding: 0; border: 0 }
  .choices { display: none }
}
`

/** What a content security policy has to name, so that this style applies and no other (CSP Level 3 §2.3.1). */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
