import Glibc
import NIOCore
import NIOPosix

/// Both ends of a WebSocket that sends every message back, for the Autobahn test suite.
///
///     websocket-echo [PORT]            listens, prints its port, runs until its standard input ends
///     websocket-echo client URL NAME   runs all cases of a fuzzing server
@main
enum WebSocketEcho {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        if arguments.first == "client", arguments.count == 3 {
            let words = Array(arguments)
            try EchoClient(base: words[1], agent: words[2], group: group).run()
        } else {
            try EchoServer.run(port: arguments.first.flatMap { Int($0) } ?? 0, group: group)
        }
        try group.syncShutdownGracefully()
    }
}
