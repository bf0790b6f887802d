"""What talks to the machine: files, processes, optional packages."""
