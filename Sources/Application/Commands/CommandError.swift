import ArgumentParser
import Columnar
import Gateway
import Ingest
import QueryLang
import Wire

/// Turns the errors of all rooms into a line on standard error and a failing exit code.
enum CommandError {
    static func explaining<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw explained(error) }
    }

    static func explaining<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch { throw explained(error) }
    }

    private static func explained(_ error: any Error) -> any Error {
        switch error {
        case let error as ConfigurationError: ValidationError(error.message)
        case let error as TableError: Failure(error.message)
        case let error as GatewayError: Failure(error.message)
        case let error as WireError: Failure(error.message)
        case let error as IngestError: Failure(error.description)
        default: error
        }
    }

    /// A failure that is not the caller's spelling: no usage is printed with it.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
