"""What algorithm authors use: container entry points, clients for containers, mock clients."""
