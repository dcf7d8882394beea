// Generated from contracts/ by scripts/contracts/generate.ts: run npm run generate, don't edit.
export const disputesAbi = [
  {
    "type": "constructor",
    "inputs": [
      {
        "name": "ledger_",
        "type": "address",
        "internalType": "contract ILedger"
      },
      {
        "name": "terms",
        "type": "tuple",
        "internalType": "struct Terms",
        "components": [
          {
            "name": "window",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "promiseSecondsMax",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "bond",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "treasury",
            "type": "address",
            "internalType": "address"
          }
        ]
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "answer",
    "inputs": [
      {
        "name": "header",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "challenger",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "bond",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "challenge",
    "inputs": [
      {
        "name": "certificate",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "challengeOf",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "holder",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "shards",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "committee",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "contract ICommittee"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "creditOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "deposit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "payable"
  },
  {
    "type": "function",
    "name": "depositOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint256",
        "internalType": "uint256"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disperserFine",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disprovePadding",
    "inputs": [
      {
        "name": "certificate",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "byteIndex",
        "type": "uint16",
        "internalType": "uint16"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "disproveParity",
    "inputs": [
      {
        "name": "certificate",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "line",
        "type": "tuple",
        "internalType": "struct Line",
        "components": [
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "index",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "byteIndex",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "points",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "openings",
        "type": "bytes[]",
        "internalType": "bytes[]"
      }
    ],
    "outputs": [
      {
        "name": "decided",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "disproveSymbol",
    "inputs": [
      {
        "name": "certificate",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "row",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "column",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "exitOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "unlockAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "absentThrough",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "expire",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "faultsOf",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "finishExit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "isInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bool",
        "internalType": "bool"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "ledger",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "contract ILedger"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "nameOwner",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "operatorFine",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint96",
        "internalType": "uint96"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "ownerOf",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "progressOf",
    "inputs": [
      {
        "name": "claim",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "count",
        "type": "uint8",
        "internalType": "uint8"
      },
      {
        "name": "sum",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "promiseSecondsMax",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "read",
    "inputs": [
      {
        "name": "certificate",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "offset",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "opening",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "requestExit",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "current",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      },
      {
        "name": "previous",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "showAbsence",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "next",
        "type": "tuple[][]",
        "internalType": "struct Member[][]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "stake",
            "type": "uint128",
            "internalType": "uint128"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "treasury",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "window",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "withdraw",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "event",
    "name": "Answered",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "answerer",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Challenged",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "holder",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      },
      {
        "name": "deadline",
        "type": "uint48",
        "indexed": false,
        "internalType": "uint48"
      },
      {
        "name": "header",
        "type": "bytes",
        "indexed": false,
        "internalType": "bytes"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Credited",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Deposited",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "ExitRequested",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "unlockAt",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Expired",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "challenger",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "position",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Fined",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "beneficiary",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Invalidated",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "indexed": false,
        "internalType": "uint8"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Left",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnerNamed",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "Withdrawn",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "indexed": false,
        "internalType": "uint256"
      }
    ],
    "anonymous": false
  },
  {
    "type": "error",
    "name": "AlreadyChallenged",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      }
    ]
  },
  {
    "type": "error",
    "name": "AlreadyInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "internalType": "uint8"
      }
    ]
  },
  {
    "type": "error",
    "name": "BondInvalid",
    "inputs": [
      {
        "name": "expected",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "ByteOutside",
    "inputs": [
      {
        "name": "byteIndex",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "chunkBytes",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "CertificateInvalid",
    "inputs": []
  },
  {
    "type": "error",
    "name": "DepositInvalid",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "EpochMembersMismatch",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "expected",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "received",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "ExitNotDue",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "unlockAt",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "absentThrough",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "currentEpoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ]
  },
  {
    "type": "error",
    "name": "HeaderInvalid",
    "inputs": [
      {
        "name": "digest",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "faults",
        "type": "uint8",
        "internalType": "uint8"
      }
    ]
  },
  {
    "type": "error",
    "name": "LedgerWithoutCode",
    "inputs": [
      {
        "name": "ledger",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "LineInvalid",
    "inputs": [
      {
        "name": "line",
        "type": "tuple",
        "internalType": "struct Line",
        "components": [
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "index",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "byteIndex",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "points",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      }
    ]
  },
  {
    "type": "error",
    "name": "NoContradiction",
    "inputs": []
  },
  {
    "type": "error",
    "name": "NotChallenged",
    "inputs": [
      {
        "name": "id",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotOwner",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "sender",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "NothingToWithdraw",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OffsetInvalid",
    "inputs": [
      {
        "name": "offset",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "length",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OpeningInvalid",
    "inputs": []
  },
  {
    "type": "error",
    "name": "OpeningMisplaced",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OpeningsCountInvalid",
    "inputs": [
      {
        "name": "missing",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnerInvalid",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "PositionOutside",
    "inputs": [
      {
        "name": "position",
        "type": "tuple",
        "internalType": "struct Position",
        "components": [
          {
            "name": "pair",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "side",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "symbol",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "chunk",
            "type": "uint32",
            "internalType": "uint32"
          }
        ]
      }
    ]
  },
  {
    "type": "error",
    "name": "PromiseOver",
    "inputs": [
      {
        "name": "expiry",
        "type": "uint64",
        "internalType": "uint64"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "StillDisperser",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "internalType": "uint64"
      }
    ]
  },
  {
    "type": "error",
    "name": "StillMember",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ]
  },
  {
    "type": "error",
    "name": "TermsInvalid",
    "inputs": [
      {
        "name": "terms",
        "type": "tuple",
        "internalType": "struct Terms",
        "components": [
          {
            "name": "window",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "promiseSecondsMax",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "bond",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "operatorFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "disperserFine",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "treasury",
            "type": "address",
            "internalType": "address"
          }
        ]
      }
    ]
  },
  {
    "type": "error",
    "name": "TooEarly",
    "inputs": [
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "TooLate",
    "inputs": [
      {
        "name": "deadline",
        "type": "uint48",
        "internalType": "uint48"
      },
      {
        "name": "timestamp",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "WithdrawalRefused",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "amount",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  }
] as const

export const disputesBytecode = '0x6101808060405234610351578061466c803803809161001e828561038e565b833981010360e08112610351578151906001600160a01b038216908183036103515760c090601f190112610351576040519160c083016001600160401b0381118482101761037a57604052610075602085016103b1565b8352610083604085016103b1565b9160208401928352610097606086016103c5565b92604085019384526100ab608087016103c5565b946060810195865260c06100c160a089016103c5565b60808301908152970151926001600160a01b03841684036103515760a08201938452803b1561036857602060049160405192838092630361939d60e61b82525afa90811561035d575f91610317575b5081516001600160401b03168015159081610308575b50806102f5575b806102db575b806102c5575b806102b2575b1561025057608052516001600160401b0390811660a05290511660c052516001600160a01b031660e05261010052516001600160601b039081166101205290518116610140529051166101605260405161429290816103da8239608051818181610e32015281816111a40152818161146801528181612d6c0152612ec9015260a0518181816109f5015281816112280152611937015260c0518181816111f601526118f3015260e0518181816103f70152611768015261010051818181610237015281816117ab0152612a070152610120518181816103a60152818161082701528181611725015261276f015261014051818181611d11015261280d015261016051818181611dc301526129c60152f35b50604051631d991aef60e21b815290516001600160401b0390811660048301529151909116602482015283516001600160601b039081166044830152855181166064830152865116608482015281516001600160a01b031660a482015260c490fd5b5083516001600160a01b0316151561013f565b50855160016001600160601b0390911611610139565b50825163bbf81e006001600160401b039091161115610133565b5082516001600160401b0316151561012d565b6301e13380915011155f610126565b90506020813d602011610355575b816103326020938361038e565b8101031261035157516001600160a01b0381168103610351575f610110565b5f80fd5b3d9150610325565b6040513d5f823e3d90fd5b639da53c9760e01b5f5260045260245ffd5b634e487b7160e01b5f52604160045260245ffd5b601f909101601f19168101906001600160401b0382119082101761037a57604052565b51906001600160401b038216820361035157565b51906001600160601b03821682036103515756fe6080806040526004361015610012575f80fd5b5f3560e01c9081630acafefe14611de7575080630f0226b814611d9f57806314afd79e14611d6b57806320e9398c14611d355780632329719914611ced57806323e3fbd514611cb257806330fcb29114611bfa57806334cda49f1461195b578063461645bf1461191757806350235088146118d357806351cff8d9146117cf57806356397c351461178c57806361d027b31461174957806364c9ec6f1461170157806375807250146116ca5780637686988d146113a5578063a832d773146110fd578063c493504a14610fc1578063cc94337c14610e56578063d864e74014610e13578063d9ae6e0414610c75578063e243c9161461079f578063eaca1f9314610750578063ee9e9c4b14610700578063ef522369146106d3578063f3096ef714610604578063f340fa01146104e0578063f3b4d74b1461018e5763f95b59ba1461015b575f80fd5b3461018a57602060031936011261018a576004355f526002602052602060ff60405f2054161515604051908152f35b5f80fd5b3461018a57606060031936011261018a5760043567ffffffffffffffff811161018a576101bf903690600401611e64565b906101c8611e4e565b9160443567ffffffffffffffff811161018a576101e9903690600401611e64565b9091604051927fb4f826f4000000000000000000000000000000000000000000000000000000008452602060048501526020848061022b60248201868a6125ff565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9384156104d5575f946104a1575b50610270612895565b508215610474578260011015610474578260021015610474578260071161018a576040519463ffffffff60038301356102a888611f33565b833560f81c8852600184013560f81c6020890152600284013560f81c604089015260e01c1660608701526102dd878787613228565b909465ffffffffffff60208301511680421161044557508460201161018a5763ffffffff61031861031f9660ff6040873596015116956134d0565b1693613a52565b5050501561041d575f5260036020525f604081205561036e604051809363ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b7fc5187fd2ab410bf72494444e81292bef2ec28c8cad4991bf104197c8b95beab760806001600160a01b0333951693a461041b6103f57f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff6b7fffffffffffffffffffffff8260011c16916103ef8333612e2a565b16611fbb565b7f0000000000000000000000000000000000000000000000000000000000000000612e2a565b005b7f84f86b93000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f4ac7479d000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b9093506020813d6020116104cd575b816104bd60209383611f98565b8101031261018a57519286610267565b3d91506104b0565b6040513d5f823e3d90fd5b602060031936011261018a576001600160a01b036104fc611e38565b16801580156105fc575b6105cd57805f52600160205260405f206bffffffffffffffffffffffff3416815460a01c016bffffffffffffffffffffffff81116105a05781546001600160a01b031660a09190911b7fffffffffffffffffffffffff0000000000000000000000000000000000000000161790557f2da466a7b24304f47e87fa2e1e5a81b9831ce54fec19055ce277ca2f39ba42c46020604051348152a2005b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f13ebfce1000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b503415610506565b3461018a57602060031936011261018a5761061d611e38565b335f5260016020526001600160a01b0360405f20911690811580156106c0575b61069057817fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055337fac6ada9402dd0f0c55eb0ed3f62eab33eb299016680470e34eeaec23e0be15d75f80a3005b507f8b58c874000000000000000000000000000000000000000000000000000000005f523360045260245260445ffd5b506001600160a01b03815416151561063d565b3461018a57602060031936011261018a576004355f526002602052602060ff60405f205416604051908152f35b3461018a57602060031936011261018a576004355f526003602052606060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c16602084015260d01c166040820152f35b3461018a5760c060031936011261018a57610769611e4e565b60807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a5761041b9060043561261f565b60c060031936011261018a5760043567ffffffffffffffff811161018a576107cb903690600401611e64565b60243567ffffffffffffffff811161018a576107eb903690600401611e92565b91909260807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a576bffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016803403610c4657508361085b9284926129f1565b9192909381515f52600260205260ff60405f20541680610c16575067ffffffffffffffff610889868661319d565b16804211610be7575061089a61257d565b9560643560ff81169788820361018a5760843560ff8116998a820361018a5760a4359263ffffffff84169182850361018a576108e69260608a019d8e519260ff60408d01519516613e83565b15610bb157855191604051916108fb83611f33565b6044359460ff8616860361018a5761092595845260208401526040830152606082015233916131af565b93845f52600360205265ffffffffffff60405f205460a01c16610b695787519061097260208601519261096d60ff61095b61257d565b16610967835f97612c7c565b90612551565b612c7c565b84156104745761ffff61098760208601613219565b16905b80821115610b3457505092610b269265ffffffffffff95926001807f88029e5a5e9d429a26a6ada88bd23dfb2c42bacd2b1984eda7a09f3884a628d09997831c16145f14610b2b576109e4926109df9261258d565b61259d565b60ff85610a1b67ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001642612551565b16995116936001600160a01b0360405192610a3584611f7c565b16825260208201998a52604082019485525f5260036020526001600160a01b0360405f20915116986001600160a01b038a167fffffffffffffffffffffffff000000000000000000000000000000000000000083541617825551937aff00000000000000000000000000000000000000000000000000008254915160d01b16907fffffffffff00000000000000ffffffffffffffffffffffffffffffffffffffff79ffffffffffff00000000000000000000000000000000000000008760a01b169116171790555194604051938493610b0d856125b1565b16608084015260c060a0840152339660c08401916125ff565b0390a4005b5050505f6109e4565b9092610b42610b639161297d565b9361ffff610b5c6020610b56888b8b61258d565b01613219565b1690612551565b9061098a565b84805f52600360205265ffffffffffff60405f205460a01c16907fa6a7f3cf000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b60846040517fb9a848eb000000000000000000000000000000000000000000000000000000008152610be5600482016125b1565bfd5b7faa05e479000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b82517f6cb1d7de000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f48458e5d000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a57610ca6903690600401611e64565b60243567ffffffffffffffff811161018a57610cc6903690600401611e92565b91909260443567ffffffffffffffff811161018a57610ce9903690600401611e64565b94909260643567ffffffffffffffff811161018a57610d2a95610d3393610d17610d1f933690600401611e64565b9490966128b9565b969197909588613030565b50509286613030565b505090602081015115801590610e04575b610dd8576001602083015114801590610dc9575b610d9c5760808091015191015114610d745761041b925161299c565b7fae591c87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f46aebf4d000000000000000000000000000000000000000000000000000000005f52600160045260245ffd5b50815160408201511415610d58565b7f46aebf4d000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b50805160408301511415610d44565b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a57610e87903690600401611e64565b60243567ffffffffffffffff811161018a57610ea7903690600401611e92565b9060443567ffffffffffffffff811161018a57610ec8903690600401611e64565b9490926064359261ffff841680940361018a57610ef395610ee8936128b9565b949195909386613030565b926020839293015115801590610faa575b610dd8578151936060610f52610f3f610f34838c0198610f2e8a51610f2881613e71565b90611fbb565b9061253e565b604087015190612551565b965196610f2e60408c01988951906130a1565b9301519283600b1b9380850461080014901517156105a05782610f7b610f8695610f8093612551565b612551565b93613153565b15918215610f9f575b5050610d745761041b925161299c565b511190508480610f8f565b508151610fba606089015161305e565b1115610f04565b3461018a57604060031936011261018a57610fda611e38565b60243567ffffffffffffffff811161018a57610ffa903690600401611ec3565b90916001600160a01b038116805f52600160205263ffffffff600160405f20015460401c16905f907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe186360301925b858310156110ae5763ffffffff1663ffffffff81146105a057600101918060051b8701358481121561018a5787019081359167ffffffffffffffff831161018a57602001606083023603811361018a576001926110a7918689612e82565b0191611049565b61041b915f526001602052600160405f2001907fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b3461018a57606060031936011261018a57611116611e38565b60243567ffffffffffffffff811161018a57611136903690600401611e92565b60449291923567ffffffffffffffff811161018a57611159903690600401611e92565b909161116484612ccb565b61116d84612d25565b604051947f766718080000000000000000000000000000000000000000000000000000000086526020866004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156104d5575f96611374575b5063ffffffff86169182611362575b505060018111611341575b5050506112257f000000000000000000000000000000000000000000000000000000000000000067ffffffffffffffff421661251c565b907f000000000000000000000000000000000000000000000000000000000000000060011b906801fffffffffffffffe67fffffffffffffffe8316921682036105a05761132e6001600160a01b036112a06020947f12af565fbdd53c6be7b24b4d08750ab523585c012527663059a728d6bf640d519661251c565b921694855f5260018452600160405f200167ffffffffffffffff84167fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000825416179055855f5260018452600160405f2001907fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b67ffffffffffffffff60405191168152a2005b5f19019163ffffffff83116105a05761135a9284612e82565b8280806111ee565b61136d918787612e82565b85806111e3565b61139791965060203d60201161139e575b61138f8183611f98565b810190612500565b94866111d4565b503d611385565b3461018a57602060031936011261018a576001600160a01b036113c6611e38565b6113cf81612ccb565b6113d881612d25565b16805f52600160205260405f20906040516113f281611f33565b60018354936001600160a01b0385168352602083019460a01c85520154604082019067ffffffffffffffff8116825263ffffffff606084019160401c168152604051917f766718080000000000000000000000000000000000000000000000000000000083526020836004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156104d5575f9361169f575b505167ffffffffffffffff169081158015611695575b801561167e575b6116315761041b6bffffffffffffffffffffffff87876115f86001600160a01b03895116604051906114e682611f33565b815263ffffffff602082015f815267ffffffffffffffff80600160408601955f875261158e8b60608301965f88528b5f52846020526001600160a01b038060405f20955116167fffffffffffffffffffffffff0000000000000000000000000000000000000000855416178455511682906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b01945116167fffffffffffffffffffffffffffffffffffffffffffffffff000000000000000084541617835551167fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b82825116906040519182527f039781dfa29ccceae8ebcb3176816f5e3c224ee36c342aae00205f96f2dc751e60203393a3511633612e2a565b608492859263ffffffff8093511690604051947f6b4857b5000000000000000000000000000000000000000000000000000000008652600486015260248501526044840152166064820152fd5b5063ffffffff81511663ffffffff841614156114b5565b50814211156114ae565b67ffffffffffffffff9193506116c39060203d60201161139e5761138f8183611f98565b9290611498565b3461018a57602060031936011261018a576001600160a01b036116eb611e38565b165f525f602052602060405f2054604051908152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a576117e8611e38565b6001600160a01b038116805f525f60205260405f20549182156118a7575f808085819486835282602052826040812055867f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d56020604051858152a25af13d156118a2573d611855816124e4565b906118636040519283611f98565b81525f60203d92013e5b1561187457005b7fc5079ddb000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b61186d565b507fdc69dc16000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b3461018a575f60031936011261018a57602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a57602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a5761198c903690600401611e64565b9060243567ffffffffffffffff811161018a576119ad903690600401611e92565b9190604435926064359167ffffffffffffffff831161018a576119d76119df933690600401611e64565b9690946129f1565b50929180959195515f52600260205260ff60405f20541680611bca5750606001519463ffffffff611a1085836134d0565b1693601f861615801590611bc0575b611b905760201161018a57611a3992849287923591613a52565b92909491611a45612895565b50611a5085886130a1565b90611a88611a6b611a618487612c7c565b99610f2881613e71565b61096d611a8182611a7c878a6134e2565b6134e2565b94876134e2565b88600b1c926107ff6060604051611a9e81611f33565b838152846020820152866040820152019a168a5284611b83575b84611b78575b5083611b6a575b5082611b5c575b50501561041d57611ae5611af591611afb965194611fbb565b8060201081602018021883612551565b92612cb3565b90611b05826124e4565b611b126040519182611f98565b8281526020810192368184011161018a576020815f92604095873783010152601f19601f8351948593602085525180918160208701528686015e5f85828601015201168101030190f35b606001511490508680611acc565b604082015114925088611ac5565b825114935089611abe565b6020830151159450611ab8565b84867f07aaf656000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5084861015611a1f565b90517ff7aa96f4000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b3461018a5761010060031936011261018a5760043567ffffffffffffffff811161018a57611c2c903690600401611e64565b60243567ffffffffffffffff811161018a57611c4c903690600401611e92565b91909260a07fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a5760e4359267ffffffffffffffff841161018a57602094611ca0611ca8953690600401611ec3565b949093611fc8565b6040519015158152f35b3461018a57602060031936011261018a576001600160a01b03611cd3611e38565b165f526001602052602060405f205460a01c604051908152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a576004355f5260046020526040805f205460ff825191818116835260081c166020820152f35b3461018a57602060031936011261018a576020611d8e611d89611e38565b611f03565b6001600160a01b0360405191168152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a576040906001600160a01b03611e0b611e38565b165f9081526001602081815291849020015467ffffffffffffffff81168352831c63ffffffff1690820152f35b600435906001600160a01b038216820361018a57565b602435906001600160a01b038216820361018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020838186019501011161018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020808501946060850201011161018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020808501948460051b01011161018a57565b359061ffff8216820361018a57565b6001600160a01b0381165f5260016020526001600160a01b0360405f20541680155f14611f2e575090565b905090565b6080810190811067ffffffffffffffff821117611f4f57604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b6060810190811067ffffffffffffffff821117611f4f57604052565b90601f601f19910116810190811067ffffffffffffffff821117611f4f57604052565b919082039182116105a057565b90611fd49392916128b9565b909460608301519060ff604435166044350361018a5760443560ff166124cc57611ffd8261305e565b925b60443560ff166124bd5761201b61201584613e71565b84611fbb565b925b5f94600160ff60443516119081156124a3575b508015612496575b6123fe57600184018094116105a057601f1961206c612056866124e4565b956120646040519788611f98565b8087526124e4565b013660208601375f9060c435825b828110612434575050508351036123fe578451604051602081019133835260408201526120ab606082016044612924565b60e081526120bb61010082611f98565b51902090815f52600460205260405f20986040519960408b01908b821067ffffffffffffffff831117611f4f5760ff8c9161210a936040525481811680935260081c1660208d01528651611fbb565b891580156123f5575b6123c5575f5b8a8110156123165761212f60ff8d51168861298b565b5160f81c8160051b8b01357fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18c36030181121561018a578b0180359067ffffffffffffffff821161018a5760200190803603821361018a57612191918c613030565b9092918b61018a5760443560ff1615908d826122f9575b508180156122e6575b602082015190156122df576001905b1491826122b4575b82612286575b5081612267575b501561223b5761ffff60a4351660a4350361018a5760208f926122118c60ff969261220b889694879561ffff60a4351691613153565b916134ec565b1692015116181660208d015260ff8c51169060ff82146105a05760ff6001809301168d5201612119565b507f46aebf4d000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b6060015160843563ffffffff8116925082810361018a5750145f6121d5565b6040820151919250156122ad5760643560ff81169081810361018a5750905b14905f6121ce565b83906122a5565b91508051825f146122c95784905b14916121c8565b60643560ff81169081810361018a5750906122c2565b5f906121c0565b5f9d5060443560ff1660011492506121b1565b61230c91925060600151610f2881613e71565b831015908d6121a8565b50939994509594509550951061234e576020015160ff1615610d7457612349935f5260046020525f60408120555161299c565b600190565b93925050505f526004602052602060405f209160ff80825116167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0084541617835501517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00ff61ff0083549260081b1691161790555f90565b89907f5028c302000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b50808a11612113565b60a46040517fee4775e6000000000000000000000000000000000000000000000000000000008152610be5600482016044612924565b600182821c161561248e57865184146123fe576001906124538561297d565b946124867fff000000000000000000000000000000000000000000000000000000000000008360f81b165f1a918a61298b565b535b0161207a565b600190612488565b5060c435811c1515612038565b905060643560ff81169081810361018a575010155f612030565b6124c68361305e565b9261201d565b6124de6124d883613e71565b83611fbb565b92611fff565b67ffffffffffffffff8111611f4f57601f01601f191660200190565b9081602091031261018a575163ffffffff8116810361018a5790565b9067ffffffffffffffff8091169116019067ffffffffffffffff82116105a057565b818102929181159184041417156105a057565b919082018092116105a057565b359060ff8216820361018a57565b359063ffffffff8216820361018a57565b60443560ff8116810361018a5790565b9190811015610474576060020190565b356001600160a01b038116810361018a5790565b60443560ff811680910361018a57815260643560ff811680910361018a57602082015260843560ff811680910361018a57604082015260a4359063ffffffff821680920361018a5760600152565b601f8260209493601f1993818652868601375f8582860101520116010190565b9060807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a576040519161265783611f33565b60443560ff8116810361018a578084526064359360ff8516850361018a5784602082015260843560ff8116810361018a5780604083015260a4359163ffffffff8316830361018a5785818460606126b094015286613228565b969065ffffffffffff6020890151168042111561286657505f5260036020525f60408120556040519360ff8116810361018a5760ff16845260ff8116810361018a5760ff16602084015260ff8116810361018a5760ff16604083015263ffffffff8116810361018a5763ffffffff166060820152817fd92db637c6cd916717f84bfdac8b7e4ff9b830d23d5e406a876091e8c37cac2860806001600160a01b03861693a361275d816132c7565b6127956bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001683612e2a565b6001600160a01b0383511615801561283a575b61283557612833926001600160a01b03915f52600560205260405f208280835116165f5260205260405f2060017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0082541617905551166bffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016906133c3565b565b505050565b50805f52600560205260405f206001600160a01b0380855116165f5260205260ff60405f2054166127a8565b7f034520d5000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b604051906128a282611f33565b5f6060838281528260208201528260408201520152565b906128ce9392916128c8612895565b506129f1565b5091929091908380515f52600260205260405f205490600282166128f0575050565b60ff9250517f6cb1d7de000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b6080809160ff6129338261255e565b16845260ff6129446020830161255e565b16602085015263ffffffff61295b6040830161256c565b16604085015261ffff61297060608301611ef4565b1660608501520135910152565b5f1981146105a05760010190565b908151811015610474570160200190565b6129a890929192613345565b60441161018a5761283390339060306bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001691013560601c6133c3565b9190916129fc612895565b506001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016926040517f473c8b54000000000000000000000000000000000000000000000000000000008152604060048201526020612a656044830184866125ff565b6003198382030160248401528781520181855f5b898110612c16575050806020920381885afa9081156104d5575f91612bdb575b5015612bb357612aa8916137ef565b5050929694505050949094928585602060405180967fb4f826f40000000000000000000000000000000000000000000000000000000082528260048301528180612af66024820187896125ff565b03915afa9485156104d5575f95612b7f575b508060201161018a57919291813591612b2191906134d0565b915f935f915b808310612b5a575050509063ffffffff9160405194612b4586611f33565b85526020850152166040830152606082015293565b909194612b7660019161ffff610b5c6020610b568b888a61258d565b95019190612b27565b9094506020813d602011612bab575b81612b9b60209383611f98565b8101031261018a5751935f612b08565b3d9150612b8e565b7fc108107c000000000000000000000000000000000000000000000000000000005f5260045ffd5b90506020813d602011612c0e575b81612bf660209383611f98565b8101031261018a5751801515810361018a575f612a99565b3d9150612be9565b91509182356001600160a01b03811680910361018a57815261ffff612c3d60208501611ef4565b1660208201526040830135906fffffffffffffffffffffffffffffffff821680920361018a576060816001936040839401520193019101908391612a79565b8115612c86570690565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b9093929384831161018a57841161018a578101920390565b6001600160a01b03612cdc82611f03565b1690338203612ce9575050565b6001600160a01b03907fcbce04d8000000000000000000000000000000000000000000000000000000005f52166004526024523360445260645ffd5b6001600160a01b03604051917f35eb6b8300000000000000000000000000000000000000000000000000000000835216908160048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa80156104d5575f90612ddf575b67ffffffffffffffff9150169081612db1575050565b7f7d98945c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b506020813d602011612e22575b81612df960209383611f98565b8101031261018a575167ffffffffffffffff8116810361018a5767ffffffffffffffff90612d9b565b3d9150612dec565b8115612e7e5760206001600160a01b037f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f3921692835f525f825260405f20612e73828254612551565b9055604051908152a2565b5050565b91909263ffffffff604051947f85a885d100000000000000000000000000000000000000000000000000000000865216938460048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9081156104d5575f91612fc3575b506040516040606084026020835284602084015280868385013701902090808203612f91575091926001600160a01b031691505f5b818110612f3c575050505050565b826001600160a01b03612f536109df84868961258d565b1614612f6157600101612f2e565b84837f5a648aee000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b857fc9d74214000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b90506020813d602011612fed575b81612fde60209383611f98565b8101031261018a57515f612ef9565b3d9150612fd1565b6040519060a0820182811067ffffffffffffffff821117611f4f576040525f6080838281528260208201528260408201528260608201520152565b6130539261303c612ff5565b506020820151906040606084015193015193613a52565b919390921561041d57565b61306781613e71565b907f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a05761309e9160011b90611fbb565b90565b6130aa8161305e565b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a0576130e382610f286130ec94613e71565b9060051b61253e565b8015613135576131016001915f1984016134e2565b01901515027f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a05760051b90565b634e487b715f5260126020526024601cfd5b90821015610474570190565b8183101561316d57906131669291613147565b3560f81c90565b50907f2e649ccc000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b9060301161018a576028013560c01c90565b916001600160a01b03906131fe6040519360208501958652604085019063ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b1660c082015260c0815261321360e082611f98565b51902090565b3561ffff8116810361018a5790565b9061324c92915f6040805161323c81611f7c565b82815282602082015201526131af565b90815f52600360205260405f20906040519161326783611f7c565b54916001600160a01b038316815260ff65ffffffffffff8460a01c169384602084015260d01c166040820152911561329b57565b827f7e16ae7b000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b805f52600260205260405f205460018116612e7e576020600160ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f526002825260405f2060ff82167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00825416179055604051908152a2565b805f52600260205260405f205460028116612e7e576020600260ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f526002825260405f2060ff82167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00825416179055604051908152a2565b6001600160a01b03909291921690815f52600160205260405f205460a01c9283808210911802808418931461283557815f52600160205260405f20926bffffffffffffffffffffffff8116845460a01c03926bffffffffffffffffffffffff84116105a05761346b6103f59461283396906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b604051908282527f5fa4c86b177d7620489617cff2ed61cf7d957652aa6341770cd8f8793343f40160206001600160a01b03861693a36134af8160011c8093612e2a565b611fbb565b3590602081106134c2575090565b5f199060200360031b1b1690565b9060241161018a576020013560e01c90565b8115612c86570490565b9180156137e857604051919261012092906135078483611f98565b61010082527d011902321ac603df33ee1b68c74b0464e00e348def811cc169f8c8084c7160208301527f058a652fe1240f2135938edaf01282451db5c27d6a27f9b9c99a09784de472a660408301527f06bf8b6266dd30fde29825b31091228836d094ce8f96dbbdf1d2135c8338464060608301527f1e42b6a3c3487e6e6b3a2854fa85ba3dca5e9b9f0a15792b4ed4e5ac73f3a75760808301527f0770c0f78c80630d674adeed31c5fe18e3a5997726b8b47c114492d92320892e60a08301527f373fd15b95bccfcd908797b2dcfcbe61f256d3ab142a5d9e843c3953476d41a260c08301527f1f2d43d8b77ba476c41749ec7f0c6ff66ca13b52299d55aafb6086b1bbcc3e5a60e08301527fcb595fb09ca9a0510bf516eb7a752cd74faed5e9e6e7ade874d6f4eaa85058af6101008301525f9481518201915b8281106137c757505050906136579161298b565b5160f81c60ff018060ff116105a05761367860ff91826137c0950690611fbb565b6136856040519384611f98565b8183527f01020408102040801d3a74e8cd8713264c982d5ab475eac98f03060c183060c060208401527f9d274e9c254a94356ad4b577eec19f23468c050a142850a05dba69d2b96fdea160408401527f5fbe61c2992f5ebc65ca890f1e3c78f0fde7d3bb6bd6b17ffee1dfa35bb671e260608401527fd9af4386112244880d1a3468d0bd67ce811f3e7cf8edc7933b76ecc5973366cc60808401527f85172e5cb86ddaa94f9e214284152a54a84d9a2952a455aa49923972e4d5b77360a08401527fe6d1bf63c6913f7efce5d7b37bf6f1ffe3dbab4b963162c495376edca557ae4160c08401527f82193264c88d070e1c3870e0dda753a651a259b279f2f9efc39b2b56ac458a0960e08401527f122448903d7af4f5f7f3fbebcb8b0b162c58b07dfae9cf831b366cd8ad478e00610100840152069061298b565b5160f81c90565b60019096919296019060ff6001818451168518860101511601959190613643565b5050505f90565b90815f91815f81925f60688083118015906139fd575b6139e557826067101561047457606785013560f881901c979060f31c611fe016611fe0168201978883116105a05760101080156139db575b6139c65761384c888588613147565b3560f81c946001890197888a116105a057613867878a612551565b94871580156139bc575b80156139b3575b613999577fff000000000000000000000000000000000000000000000000000000000000006138a88b898c613147565b3516156139995750508460671161018a57600387019a60649a60208d013560e01c801515908161398a575b5015801561396b575b613957575050505086811161018a5782871161018a57613907828261390d9388019903978588612cb3565b906134b4565b92602003602081116105a0577f1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a05761395293839160031b1c94612cb3565b600197565b5f9d939a509198508c975095509350915050565b508b60301161018a57661fffffffffffff60288e013560c01c116138dc565b6308000000915011155f6138d3565b9b97509b975097509793505050505f96959493925f929190565b50858710613878565b5060208811613871565b5f9a9699929890975093958a95509193925050565b508784111561383d565b5050505093505050505f91815f91815f915f91905f90565b508260031161018a577f01660100000000000000000000000000000000000000000000000000000000007fffffff00000000000000000000000000000000000000000000000000000000008635161415613805565b90929391613a5e612ff5565b9482905f90600481101580613e66575b158015613e48575b613e3a5760078710613e2d57861561047457843560f81c885286600110156104745760208801600186013560f81c8152876002101561047457600286013560f81c908160408b01528860071161018a57600387013560e01c60608b018190528a519151613ae8938a9386939290613e83565b15613e2d57613b05613afe8260208b0151613ef2565b96826130a1565b92606089015192613b14612ff5565b9380600b1b9080820461080014901517156105a057613b339086611fbb565b6108008082109118026108001860070194856007116105a05785855260015f198201600b1c019015150294613be3866fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613c1a9160051b90612551565b806020860152613ca5896fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613cdc9160051b90612551565b806040860152602081018091116105a057806060860152613d78846fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613daf9160051b90612551565b8060808601528903613e1e5750508151968760071161018a5780881161018a578589927ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff96007613e1b99019a019860405196613e0a88611f7c565b875260208701526040860152613f0c565b93565b5f9a9198509650945050505050565b505f979195509350915050565b505f97939550879450505050565b5085151580613e58575b15613a76565b506308000000861115613e52565b5060ff811115613a6e565b5f1981019081116105a0576003900490565b841194929392919085613ee6575b85613ecf575b505083613ea5575b50505090565b9091809350600b1b9280840461080014901517156105a057613ec6916130a1565b115f8080613e9f565b613edd919295508390613ef2565b11925f80613e97565b60018111159550613e91565b613f035780610f2861309e92613e71565b61309e9061305e565b9392909381518060071161018a5785811161018a575f602091604051613f77601a82868101948686527ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9810160078a016021840137810186838201520301601f198101835282611f98565b604051918291518091835e8101838152039060025afa156104d5575f51613fbc6060850151865192855193613fb460208801958651908c89612cb3565b939092614135565b90156141295780613fec9160808701526040860151906020880151935193613fb460408801958651908c89612cb3565b9190156141295760209161400e61390760605f94519701968751908b88612cb3565b838701511583146140b3576040517f02000000000000000000000000000000000000000000000000000000000000008582019081526001810193909352602183019190915261406a81604184015b03601f198101835282611f98565b604051918291518091835e8101838152039060025afa156104d55784613fb4916140a09660405f51965b51970151945191612cb3565b819291926140ad57505090565b14919050565b6040517f020000000000000000000000000000000000000000000000000000000000000085820190815260018101929092526021820192909252906140fb816041840161405c565b604051918291518091835e8101838152039060025afa156104d55784613fb4916140a09660405f5196614094565b50505050505050505f90565b919492935f939192849182915b8660051b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff881688036105a057828110156142195760208101908181116105a0576141929161390791858c612cb3565b906001878116036141bc576141aa906141b592614229565b955b60011c9661297d565b9594614142565b600187018088116105a0578a90891b10156141e5575b6141b5916141df91614229565b956141ac565b878410614203578185146141d257505050505093505050505f905f90565b929361421181600192614229565b9401926141e5565b5097505050509250505060019190565b5f9060209260405190848201927f010000000000000000000000000000000000000000000000000000000000000084526021830152604182015260418152614272606182611f98565b604051918291518091835e8101838152039060025afa156104d5575f519056' as const
