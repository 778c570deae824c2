package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"
)

type bundleQuestion struct {
	ID  json.RawMessage `json:"id"`
	PEM []byte          `json:"pem"`
	At  time.Time       `json:"at"`
}

type bundleMember struct {
	Index       int    `json:"index"`
	Label       string `json:"label"`
	Pooled      bool   `json:"pooled"`
	Parsed      bool   `json:"parsed"`
	Error       string `json:"error"`
	SelfSigned  bool   `json:"self_signed"`
	Verifies    bool   `json:"verifies"`
	VerifyError string `json:"verify_error"`
	SHA256      string `json:"sha256"`
}

type bundleAnswer struct {
	ID           json.RawMessage `json:"id"`
	Certificates []bundleMember  `json:"certificates"`
	RestBlank    bool            `json:"rest_blank"`
}

func answerBundle(question bundleQuestion) (bundleAnswer, error) {
	if question.At.IsZero() {
		return bundleAnswer{}, fmt.Errorf("case %s has no time", question.ID)
	}
	blocks, rest := decodeAll(question.PEM)
	answer := bundleAnswer{ID: question.ID, Certificates: []bundleMember{}, RestBlank: len(bytes.TrimSpace(rest)) == 0}
	certificates := make([]*x509.Certificate, len(blocks))
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for i, block := range blocks {
		member, certificate := readMember(i, block)
		certificates[i] = certificate
		answer.Certificates = append(answer.Certificates, member)
		switch {
		case !member.Pooled:
		case member.SelfSigned:
			roots.AddCert(certificate)
		default:
			intermediates.AddCert(certificate)
		}
	}
	for i, certificate := range certificates {
		if certificate == nil {
			continue
		}
		_, err := certificate.Verify(clientOptions(roots, intermediates, question.At))
		answer.Certificates[i].Verifies = err == nil
		answer.Certificates[i].VerifyError = text(err)
	}
	return answer, nil
}

func readMember(index int, block *pem.Block) (bundleMember, *x509.Certificate) {
	digest := sha256.Sum256(block.Bytes)
	certificate, err := parseCertificate(block.Bytes)
	member := bundleMember{
		Index:  index,
		Label:  block.Type,
		Pooled: err == nil && isPlainCertificate(block),
		Parsed: err == nil,
		Error:  text(err),
		SHA256: hex.EncodeToString(digest[:]),
	}
	if err == nil {
		member.SelfSigned = isSelfSigned(certificate)
	}
	return member, certificate
}

// isSelfSigned asks for the same name on both ends and a signature by the
// certificate's own key. CheckSignature still accepts SHA-1 although chain
// building does not, so those algorithms are refused here first.
func isSelfSigned(certificate *x509.Certificate) bool {
	if !bytes.Equal(certificate.RawSubject, certificate.RawIssuer) {
		return false
	}
	switch certificate.SignatureAlgorithm {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		return false
	}
	err := certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature)
	return err == nil
}

// clientOptions are those of a TLS server that asks for a client certificate.
func clientOptions(roots, intermediates *x509.CertPool, at time.Time) x509.VerifyOptions {
	return x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}
