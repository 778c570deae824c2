package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"time"
)

// benchVerify verifies a chain of PEM certificates, the leaf first and the
// trusted root last, as a TLS server does for each client: what was presented
// is parsed anew every time, the pool of roots was made beforehand.
func benchVerify(count, path string) error {
	iterations, err := strconv.Atoi(count)
	if err != nil || iterations < 1 {
		return fmt.Errorf("bench-verify needs a positive number of iterations, not %q", count)
	}
	input, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var chain [][]byte
	for block, rest := pem.Decode(input); block != nil; block, rest = pem.Decode(rest) {
		chain = append(chain, block.Bytes)
	}
	if len(chain) < 2 {
		return fmt.Errorf("bench-verify needs a leaf and a root, not %d certificates", len(chain))
	}
	root, err := x509.ParseCertificate(chain[len(chain)-1])
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	now := root.NotBefore.Add(time.Hour)
	report := benchReport{Iterations: iterations, Certificates: len(chain), Checked: len(chain) - 1}
	start := processorTime()
	for i := 0; i < iterations; i++ {
		if err := verifyPresented(chain[:len(chain)-1], roots, now); err != nil {
			return err
		}
	}
	report.Nanoseconds = float64((processorTime() - start).Nanoseconds()) / float64(iterations)
	return json.NewEncoder(os.Stdout).Encode(report)
}

func verifyPresented(presented [][]byte, roots *x509.CertPool, now time.Time) error {
	leaf, err := x509.ParseCertificate(presented[0])
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	for _, der := range presented[1:] {
		intermediate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		intermediates.AddCert(intermediate)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}
