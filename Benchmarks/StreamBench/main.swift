import Glibc

/// Servers of the stream's figures: the gateway with made-up updates, and a broadcast that does nothing but write.
///
///     StreamBench gateway PORT LOOPS RATE       updates of one instrument, eight of its features in each
///     StreamBench broadcast PORT LOOPS RATE BYTES
///
/// Both publish RATE messages a second at fixed times, and a message bears the time at which it was due: from SIGUSR1
/// on, and one a second before it. They end with SIGTERM.
let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst().compactMap { Int($0) }
guard let kind = arguments.first, numbers.count == arguments.count - 1, numbers.count >= 3, numbers[2] > 0 else {
    print("usage: StreamBench gateway PORT LOOPS RATE | broadcast PORT LOOPS RATE BYTES")
    exit(2)
}
OpenFiles.raiseLimit()
Pace.openAtSignal()
switch kind {
case "gateway": try await GatewayServer.run(port: numbers[0], loops: numbers[1], rate: numbers[2])
case "broadcast" where numbers.count == 4:
    try await BroadcastServer.run(port: numbers[0], loops: numbers[1], rate: numbers[2], bytes: numbers[3])
default:
    print("there is no server '\(kind)'")
    exit(2)
}
