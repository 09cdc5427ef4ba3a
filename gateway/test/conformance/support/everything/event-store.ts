import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server'

type StoredEvent = Readonly<{ id: string; stream: string; message: JSONRPCMessage }>

/** Keeps every event of a session, so that a client can go on reading a stream where it lost it (SEP-1699). */
export function createEventStore(): EventStore {
  const events: StoredEvent[] = []
  return {
    storeEvent: async (stream, message) => {
      const id = `${stream}/${events.length}`
      events.push({ id, stream, message })
      return id
    },
    replayEventsAfter: async (lastEventId, { send }) => {
      const from = events.findIndex(({ id }) => id === lastEventId)
      const stream = events[from]?.stream ?? ''
      for (const event of events.slice(from + 1)) {
        // The event that opens a stream has no message.
        if (event.stream === stream && 'jsonrpc' in event.message)
          await send(event.id, event.message)
      }
      return stream
    },
  }
}
