// Writes to a store on the real disk until it is killed, and says on stdout what was acknowledged: one line a batch, one
// write(2) a line, after the acknowledgement. `store-writer DIRECTORY SEED`; StoreKillTests reads the lines.
import Columnar
import Foundation
import Store
import StoreSupport

guard CommandLine.arguments.count == 3, let seed = UInt64(CommandLine.arguments[2]) else {
    FileHandle.standardError.write(Data("usage: store-writer DIRECTORY SEED\n".utf8))
    exit(2)
}

var options = StoreOptions()
options.memtableFlushBytes = 100_000
do {
    let store = try Store.open(directory: CommandLine.arguments[1], options: options)
    for table in KillWorkload.tables { try store.createTable(table) }
    KillWorkload(store: store, seed: seed).run()
} catch {
    FileHandle.standardError.write(Data("store-writer: \(error)\n".utf8))
    exit(1)
}
