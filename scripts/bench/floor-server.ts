// The lower bound of a put: receives length-prefixed bytes over a socket, writes them to a file, syncs, and acknowledges. It does not
// hash, check or use a database. Prints its port. Ends when the pipe from its parent closes.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'

const file = openSync(process.argv[2] ?? '', 'w')
const server = createServer({ noDelay: true }, (socket) => {
  let needed = 0
  let received = 0
  let body = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (part) => {
    let at = 0
    if (needed === 0) {
      // The bench sends the length in one small write, so it arrives in one piece.
      needed = part.readUInt32BE(0)
      body = Buffer.allocUnsafeSlow(needed)
      received = 0
      at = 4
    }
    received += part.copy(body, received, at)
    if (received < needed) return
    writeSync(file, body)
    fdatasyncSync(file)
    needed = 0
    socket.write('k')
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.resume()
process.stdin.on('end', () => {
  closeSync(file)
  process.exit(0)
})
