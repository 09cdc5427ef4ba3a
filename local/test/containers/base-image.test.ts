import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { inRepository } from '../support/program.ts'

/** Where the base of the images stands besides, because a Dockerfile and a compose file cannot ask another. */
const FILES = [
  'Dockerfile.gateway',
  'Dockerfile.server',
  'local/Dockerfile',
  'docker-compose.yml',
  'docker-compose.override.yml',
  'test-docker-http.sh',
  '.env.example',
  'docs/deployment.md',
]

const read = (file: string) => readFileSync(inRepository(file), 'utf8')

describe('the base of the images', () => {
  const base = /^FROM (\S+)$/m.exec(read('docker/node/Dockerfile'))?.[1]

  it('is a Node of one major release', () => {
    expect(base).to.match(/^node:\d+-/)
  })

  for (const file of FILES) {
    it(`is the same in ${file}`, () => {
      const named = new Set(read(file).match(/\bnode:\d+-[\w.-]+/g))
      expect([...named]).to.deep.equal([base])
    })
  }

  it('is where Dependabot looks', () => {
    expect(read('.github/dependabot.yml')).to.match(
      /package-ecosystem: docker\n[^-]*directory: \/docker\/node\n/,
    )
  })
})
