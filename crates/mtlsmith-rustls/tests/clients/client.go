// Connects with a client certificate, begins HTTP/2 and prints "admitted", or what crypto/tls says.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func main() {
	port, serverName, serverCA, certificate, key, version := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	pem, err := os.ReadFile(serverCA)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	var pair tls.Certificate
	if certificate != "" {
		if pair, err = tls.LoadX509KeyPair(certificate, key); err != nil {
			panic(err)
		}
	}
	wanted := uint16(tls.VersionTLS13)
	if version == "TLSv1_2" {
		wanted = tls.VersionTLS12
	}
	config := &tls.Config{
		RootCAs:    roots,
		ServerName: serverName,
		NextProtos: []string{"h2"},
		MinVersion: wanted,
		MaxVersion: wanted,
		// Whatever issuers the server names: the refusal is to be the server's.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil },
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	stream, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+port, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	stream.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	if _, err := io.ReadFull(stream, make([]byte, 9)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("admitted")
}
