"""What leaves for other systems and for paper: DICOM, FHIR, sheets. It shows what was measured and computes nothing."""
