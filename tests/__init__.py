"""Tests of every folder, and the benchmarks."""
