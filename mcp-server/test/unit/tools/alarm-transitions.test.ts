import { expect } from 'chai'
import {
  investigationWindows,
  type Transition,
  toTransition,
} from '../../../src/tools/alarm-transitions.ts'

const NOW = new Date('2026-01-02T00:00:00Z')
const MINUTE = 60_000
const at = (text: string) => Date.parse(`2026-01-01T${text}:00Z`)

const toAlarm = (time: number): Transition => ({
  alarm: 'a',
  time,
  from: 'OK',
  to: 'ALARM',
  reason: '',
  periodSeconds: undefined,
})
const iso = (time: number | undefined) => new Date(time ?? 0).toISOString().slice(11, 16)

describe('toTransition', () => {
  const item = {
    AlarmName: 'a',
    HistoryItemType: 'StateUpdate' as const,
    Timestamp: new Date(at('10:00')),
    HistorySummary: 'Alarm updated from OK to ALARM',
  }

  it('reads states, reason and period from the data', () => {
    const HistoryData = JSON.stringify({
      version: '1.0',
      oldState: { stateValue: 'INSUFFICIENT_DATA' },
      newState: {
        stateValue: 'ALARM',
        stateReason: 'Threshold Crossed',
        stateReasonData: { version: '1.0', period: 300 },
      },
    })
    expect(toTransition({ ...item, HistoryData })).to.deep.equal({
      alarm: 'a',
      time: at('10:00'),
      from: 'INSUFFICIENT_DATA',
      to: 'ALARM',
      reason: 'Threshold Crossed',
      periodSeconds: 300,
    })
  })

  for (const [title, HistoryData] of [
    ['missing', undefined],
    ['no JSON', '{"oldState":'],
    ['of another form', '{"newState":5}'],
    ['null', 'null'],
  ] as const) {
    it(`falls back on the summary when the data is ${title}`, () => {
      expect(toTransition({ ...item, HistoryData })).to.include({
        from: 'OK',
        to: 'ALARM',
        reason: item.HistorySummary,
      })
    })
  }

  it('keeps the states when only the reason data is of another form', () => {
    const HistoryData = JSON.stringify({
      newState: { stateValue: 'OK', stateReason: 'fine', stateReasonData: { period: 'x' } },
    })
    expect(toTransition({ ...item, HistoryData })).to.include({ to: 'OK', reason: 'fine' })
  })

  it('is nothing for other items', () => {
    expect(toTransition({ ...item, HistoryItemType: 'Action' })).to.equal(undefined)
    expect(toTransition({ ...item, Timestamp: undefined })).to.equal(undefined)
    expect(toTransition({ ...item, HistorySummary: 'odd' })).to.equal(undefined)
  })
})

describe('investigationWindows', () => {
  const evaluation = { periodSeconds: 60, periods: 5 }

  it('reaches from five evaluations before to two periods after', () => {
    const [window] = investigationWindows([toAlarm(at('10:00'))], evaluation, NOW)
    expect([iso(window?.start), iso(window?.end)]).to.deep.equal(['09:35', '10:02'])
    expect(window?.why).to.equal('went to ALARM at 2026-01-01T10:00:00Z')
  })

  it('joins alarms at most an hour apart, calls that flapping, and puts the newest first', () => {
    const times = ['10:00', '11:00', '11:59', '14:00'].map(at)
    const windows = investigationWindows(times.map(toAlarm).reverse(), evaluation, NOW)
    expect(windows.map(({ start, end }) => [iso(start), iso(end)])).to.deep.equal([
      ['13:35', '14:02'],
      ['09:35', '12:01'],
    ])
    expect(windows[1]?.why).to.match(/^went to ALARM 3 times .* it flaps$/)
    expect(windows[0]?.why).not.to.include('flaps')
  })

  it('never ends after now', () => {
    const [window] = investigationWindows([toAlarm(NOW.getTime() - MINUTE)], evaluation, NOW)
    expect(window?.end).to.equal(NOW.getTime())
  })

  it('takes the period of the history where the settings are not known', () => {
    const transition = { ...toAlarm(at('10:00')), periodSeconds: 300 }
    const unknown = { periodSeconds: undefined, periods: undefined }
    const [window] = investigationWindows([transition], unknown, NOW)
    expect(iso(window?.start)).to.equal('08:45')
  })

  it('ignores changes to other states', () => {
    expect(
      investigationWindows([{ ...toAlarm(at('10:00')), to: 'OK' }], evaluation, NOW),
    ).to.have.length(0)
  })
})
