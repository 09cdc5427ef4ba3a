// Loaded into a program under measurement with --import: tells its processor time over the IPC channel, when asked.
process.on('message', (message) => {
  if (message === 'cpu') process.send(process.cpuUsage())
})
