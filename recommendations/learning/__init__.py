"""The mathematics of recommendation, without Django: data in as arrays, artefacts and answers out."""
