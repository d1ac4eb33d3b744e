import Application

/// The program `tickgate`.
@main
enum Main {
    static func main() async { await Program.run() }
}
