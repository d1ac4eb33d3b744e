import ArgumentParser
import Columnar
import Engine
import Foundation
import Gateway
import Logging
import NIOCore
import QueryLang
import Wire

/// `tickgate serve`: the gateway, its store and its feed, until a signal.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Ingest a feed, compute features, store everything, and serve."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try CommandError.explaining { try options.resolve() }
        if options.printConfig {
            print(configuration.settings.listing)
            return
        }
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        try await CommandError.explaining { try await Server.run(configuration) }
    }
}
