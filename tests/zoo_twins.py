"""The networks of the zoo in PyTorch, with parameters of the same names, for comparison."""

import torch
from torch import nn
from torch.nn import functional


def lenet():
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh()),
        nn.Linear(84, 10),
    )


class Block(nn.Module):
    def __init__(self, channels, kernels, stride):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(channels, kernels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(kernels),
            nn.ReLU(),
            nn.Conv2d(kernels, kernels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(kernels),
        )
        self.shortcut = nn.Sequential()
        if stride > 1 or channels != kernels:
            self.shortcut.append(nn.Conv2d(channels, kernels, 1, stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(kernels))

    def forward(self, x):
        return torch.relu(self.residual(x) + self.shortcut(x))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


def resnet():
    """Return the twin of ResNet(channels=2, stages=(4, 6), blocks=2)."""
    return nn.Sequential(
        *(nn.Conv2d(2, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU()),
        *(Block(4, 4, 1), Block(4, 4, 1), Block(4, 6, 2), Block(6, 6, 1)),
        *(Mean(), nn.Linear(6, 10)),
    )


class CharacterNetwork(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        self.recurrent = kind(8, 16)
        self.scores = nn.Linear(16, 11)

    def forward(self, ids):
        return self.scores(self.recurrent(self.embedding(ids))[0])


class TuringMachine(nn.Module):
    """The machine for 5 inputs, 3 outputs, 7 units, 6 places of width 4, step by step."""

    def __init__(self, recurrent):
        super().__init__()
        self.controller = nn.LSTMCell(9, 7) if recurrent else nn.Linear(9, 7)
        self.heads = nn.Linear(7, 28)
        self.output = nn.Linear(11, 3)

    def forward(self, x):
        batch = x.shape[1]
        memory = torch.full((batch, 6, 4), 1e-6, dtype=x.dtype)
        h = c = torch.zeros(batch, 7, dtype=x.dtype)
        read, writing = memory[:, 0], torch.eye(6, dtype=x.dtype)[[0] * batch]
        reading, scores = writing, []
        for each in x:
            entering = torch.cat([each, read], dim=1)
            if isinstance(self.controller, nn.LSTMCell):
                h, c = self.controller(entering, (h, c))
            else:
                h = self.controller(entering).tanh()
            wanted = self.heads(h)
            erase, add = wanted[:, 20:24].sigmoid(), wanted[:, 24:].tanh()
            writing = self.address(memory, writing, wanted[:, 10:20])
            memory = memory * (1 - torch.einsum("bp,bw->bpw", writing, erase))
            memory = memory + torch.einsum("bp,bw->bpw", writing, add)
            reading = self.address(memory, reading, wanted[:, :10])
            read = torch.einsum("bp,bpw->bw", reading, memory)
            scores.append(self.output(torch.cat([h, read], dim=1)))
        return torch.stack(scores)

    def address(self, memory, before, wanted):
        key, strength, gate, shift, power = wanted.split([4, 1, 1, 3, 1], dim=1)
        key, shift = key.tanh(), shift.softmax(dim=1)
        squares = (memory**2).sum(2) * (key**2).sum(1, keepdim=True)
        cosine = torch.einsum("bpw,bw->bp", memory, key) / (squares + 1e-8).sqrt()
        found = (functional.softplus(strength) * cosine).softmax(dim=1)
        weights = gate.sigmoid() * found + (1 - gate.sigmoid()) * before
        weights = sum(shift[:, i : i + 1] * weights.roll(i - 1, dims=1) for i in range(3))
        sharp = (weights + 1e-12) ** (1 + functional.softplus(power))
        return sharp / sharp.sum(dim=1, keepdim=True)
