package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// errUnchecked means that the work was done and the answer is no.
var errUnchecked = errors.New("not every certificate of the bundle is signed by one in the bundle")

type benchReport struct {
	Iterations   int     `json:"iterations"`
	Certificates int     `json:"certificates"`
	Checked      int     `json:"checked"`
	Nanoseconds  float64 `json:"nanoseconds_per_iteration"`
}

type checkReport struct {
	Certificates int `json:"certificates"`
	Checked      int `json:"checked"`
}

func bench(count, path string) error {
	iterations, err := strconv.Atoi(count)
	if err != nil || iterations < 1 {
		return fmt.Errorf("bench needs a positive number of iterations, not %q", count)
	}
	input, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	report := benchReport{Iterations: iterations}
	start := processorTime()
	for i := 0; i < iterations; i++ {
		report.Certificates, report.Checked, err = checkBundle(input)
		if err != nil {
			return err
		}
	}
	report.Nanoseconds = float64((processorTime() - start).Nanoseconds()) / float64(iterations)
	return json.NewEncoder(os.Stdout).Encode(report)
}

// processorTime is what this process has spent so far, the garbage collector
// included. Other work on the machine does not count, as it would with a clock.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func check(path string) error {
	input, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	report := checkReport{}
	report.Certificates, report.Checked, err = checkBundle(input)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnchecked, err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		return err
	}
	if report.Certificates == 0 || report.Checked != report.Certificates {
		return errUnchecked
	}
	return nil
}

// checkBundle reads the whole bundle and counts the certificates whose
// signature verifies with the key of a certificate of the bundle that bears
// the issuer's name; a root counts for itself.
func checkBundle(input []byte) (read, checked int, err error) {
	blocks, _ := decodeAll(input)
	certificates := make([]*x509.Certificate, 0, len(blocks))
	for i, block := range blocks {
		certificate, err := parseCertificate(block.Bytes)
		if err != nil {
			return 0, 0, fmt.Errorf("block %d: %w", i, err)
		}
		certificates = append(certificates, certificate)
	}
	for _, certificate := range certificates {
		if hasIssuer(certificate, certificates) {
			checked++
		}
	}
	return len(certificates), checked, nil
}

func hasIssuer(certificate *x509.Certificate, candidates []*x509.Certificate) bool {
	for _, candidate := range candidates {
		if bytes.Equal(candidate.RawSubject, certificate.RawIssuer) && certificate.CheckSignatureFrom(candidate) == nil {
			return true
		}
	}
	return false
}
