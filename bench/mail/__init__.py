"""What the benchmarks of sending share: Postfix's own sink and source, and a line that only delays."""
