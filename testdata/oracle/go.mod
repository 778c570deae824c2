module oracle

// This line also chooses the defaults of crypto/x509: under an older one it
// would still accept negative serial numbers, for example.
go 1.26
