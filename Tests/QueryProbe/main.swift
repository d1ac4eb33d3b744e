// Answers queries for programs that compare: JSON lines in, JSON lines out. See ProbeRequest and ProbeAnswer.
import Foundation

var probe = Probe()
while let line = readLine(strippingNewline: true) {
    if line.isEmpty { continue }
    FileHandle.standardOutput.write(Data((probe.answer(line) + "\n").utf8))
}
