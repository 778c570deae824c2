package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// largestRSABits is the default limit of crypto/tls for keys of a peer.
const largestRSABits = 8192

type chainQuestion struct {
	ID            json.RawMessage `json:"id"`
	Trusted       []string        `json:"trusted_certs"`
	Intermediates []string        `json:"untrusted_intermediates"`
	Peer          string          `json:"peer_certificate"`
	At            *time.Time      `json:"validation_time"`
}

type chainAnswer struct {
	ID       json.RawMessage `json:"id"`
	Admitted bool            `json:"admitted"`
	Error    string          `json:"error"`
}

func answerChain(question chainQuestion) (chainAnswer, error) {
	at := time.Now()
	if question.At != nil {
		at = *question.At
	}
	err := admit(question, at)
	return chainAnswer{ID: question.ID, Admitted: err == nil, Error: text(err)}, nil
}

// admit decides in the order of a TLS server that has just received the
// client's Certificate message: read everything presented, measure the keys,
// build a chain, and only then look at the type of the client's key.
func admit(question chainQuestion, at time.Time) error {
	presented, err := readPresented(append([]string{question.Peer}, question.Intermediates...))
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range presented[1:] {
		intermediates.AddCert(certificate)
	}
	client := presented[0]
	if _, err := client.Verify(clientOptions(trustedPool(question.Trusted), intermediates, at)); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	switch key := client.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return nil
	default:
		return fmt.Errorf("key type %T cannot authenticate a TLS client", key)
	}
}

func readPresented(files []string) ([]*x509.Certificate, error) {
	var presented []*x509.Certificate
	for _, file := range files {
		blocks, _ := decodeAll([]byte(file))
		for _, block := range blocks {
			if block.Type != "CERTIFICATE" {
				continue
			}
			certificate, err := parseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("presented certificate %d: %w", len(presented), err)
			}
			if key, ok := certificate.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > largestRSABits {
				return nil, fmt.Errorf("presented certificate %d: RSA key of %d bits", len(presented), key.N.BitLen())
			}
			presented = append(presented, certificate)
		}
	}
	if len(presented) == 0 {
		return nil, errors.New("no certificate presented")
	}
	return presented, nil
}

// trustedPool leaves out what does not parse, as a server's pool loader does.
func trustedPool(files []string) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, file := range files {
		pool.AppendCertsFromPEM([]byte(file))
	}
	return pool
}
