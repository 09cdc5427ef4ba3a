/**
 * What a function finds that a test sends into a page. Only its types are here, and only what the tests use: the library
 * of types that TypeScript has for browsers would hold for the whole program.
 */
export type BrowserGlobals = Readonly<{
  document: Readonly<{
    body: PageElement
    documentElement: PageElement
    activeElement: PageElement | null
    createElement(name: string): PageElement
    querySelectorAll(selector: string): Iterable<PageElement>
    getAnimations(): ReadonlyArray<Readonly<{ finished: Promise<unknown> }>>
  }>
  getComputedStyle: (element: PageElement) => Readonly<Record<string, string>>
  window: Readonly<{ opener: unknown; open(url: string): unknown }>
}>

type PageElement = {
  textContent: string
  src: string
  readonly outerHTML: string
  readonly clientWidth: number
  readonly style: Record<string, string>
  append(child: PageElement): void
  getBoundingClientRect(): Readonly<{ right: number }>
}
