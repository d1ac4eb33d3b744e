import Gateway
import MarketStore
import NIOCore
import NIOPosix

/// MarketStore's stream, with the thread that makes its messages.
struct BucketStreamThread {
    let stream: BucketStream
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Begins to listen to the store.
    init(_ service: MarketStoreService, _ configuration: Configuration, _ pipeline: Pipeline) {
        var limits = BucketStreamLimits()
        limits.queueBytesMax = configuration.streamQueueBytes
        stream = BucketStream(
            store: service.store,
            directory: service.directory,
            loop: group.next(),
            eventLoops: pipeline.eventLoops,
            limits: limits,
            clock: WallClock.now
        )
        stream.start()
    }

    /// Ends it, once no connection is left.
    func stop() async {
        stream.stop()
        try? await group.shutdownGracefully()
    }
}
