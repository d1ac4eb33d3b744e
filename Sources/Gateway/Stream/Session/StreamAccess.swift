internal import QueryLang
internal import Wire

/// How a subscriber that was let in without a token proves later who it is: its upgrade is judged again, with the token.
struct StreamAccess {
    let authorizer: any Authorizer
    var request: HTTPRequest

    func authorize(token: String) -> Authorization {
        var request = self.request
        request.fields["Authorization"] = "Bearer \(token)"
        return authorizer.authorize(.read, request)
    }
}
