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

export const disputesBytecode = '0x6101808060405234610351578061474c803803809161001e828561038e565b833981010360e08112610351578151906001600160a01b038216908183036103515760c090601f190112610351576040519160c083016001600160401b0381118482101761037a57604052610075602085016103b1565b8352610083604085016103b1565b9160208401928352610097606086016103c5565b92604085019384526100ab608087016103c5565b946060810195865260c06100c160a089016103c5565b60808301908152970151926001600160a01b03841684036103515760a08201938452803b1561036857602060049160405192838092630361939d60e61b82525afa90811561035d575f91610317575b5081516001600160401b03168015159081610308575b50806102f5575b806102db575b806102c5575b806102b2575b1561025057608052516001600160401b0390811660a05290511660c052516001600160a01b031660e05261010052516001600160601b039081166101205290518116610140529051166101605260405161437290816103da8239608051818181610e32015281816111c5015281816114890152818161313f015261329c015260a0518181816109f5015281816112490152611958015260c0518181816112170152611914015260e0518181816103f70152611789015261010051818181610237015281816117cc0152612e110152610120518181816103a601528181610827015281816117460152612b44015261014051818181611d320152612be2015261016051818181611de40152612dd00152f35b50604051631d991aef60e21b815290516001600160401b0390811660048301529151909116602482015283516001600160601b039081166044830152855181166064830152865116608482015281516001600160a01b031660a482015260c490fd5b5083516001600160a01b0316151561013f565b50855160016001600160601b0390911611610139565b50825163bbf81e006001600160401b039091161115610133565b5082516001600160401b0316151561012d565b6301e13380915011155f610126565b90506020813d602011610355575b816103326020938361038e565b8101031261035157516001600160a01b0381168103610351575f610110565b5f80fd5b3d9150610325565b6040513d5f823e3d90fd5b639da53c9760e01b5f5260045260245ffd5b634e487b7160e01b5f52604160045260245ffd5b601f909101601f19168101906001600160401b0382119082101761037a57604052565b51906001600160401b038216820361035157565b51906001600160601b03821682036103515756fe60e0806040526004361015610012575f80fd5b5f3560e01c9081630acafefe14611e08575080630f0226b814611dc057806314afd79e14611d8c57806320e9398c14611d565780632329719914611d0e57806323e3fbd514611cd357806330fcb29114611c1b57806334cda49f1461197c578063461645bf1461193857806350235088146118f457806351cff8d9146117f057806356397c35146117ad57806361d027b31461176a57806364c9ec6f1461172257806375807250146116eb5780637686988d146113c6578063a832d7731461111e578063c493504a14610fe2578063cc94337c14610e56578063d864e74014610e13578063d9ae6e0414610c75578063e243c9161461079f578063eaca1f9314610750578063ee9e9c4b14610700578063ef522369146106d3578063f3096ef714610604578063f340fa01146104e0578063f3b4d74b1461018e5763f95b59ba1461015b575f80fd5b3461018a57602060031936011261018a576004355f526002602052602060ff60405f2054161515604051908152f35b5f80fd5b3461018a57606060031936011261018a5760043567ffffffffffffffff811161018a576101bf903690600401611e85565b906101c8611e6f565b9160443567ffffffffffffffff811161018a576101e9903690600401611e85565b9091604051927fb4f826f4000000000000000000000000000000000000000000000000000000008452602060048501526020848061022b60248201868a6129d4565b03816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9384156104d5575f946104a1575b50610270612c6a565b508215610474578260011015610474578260021015610474578260071161018a576040519463ffffffff60038301356102a888611f54565b833560f81c8852600184013560f81c6020890152600284013560f81c604089015260e01c1660608701526102dd87878761360b565b909465ffffffffffff60208301511680421161044557508460201161018a5763ffffffff61031861031f9660ff6040873596015116956138b3565b1693613b32565b5050501561041d575f5260036020525f604081205561036e604051809363ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b7fc5187fd2ab410bf72494444e81292bef2ec28c8cad4991bf104197c8b95beab760806001600160a01b0333951693a461041b6103f57f00000000000000000000000000000000000000000000000000000000000000006bffffffffffffffffffffffff6b7fffffffffffffffffffffff8260011c16916103ef83336131fd565b16611fdc565b7f00000000000000000000000000000000000000000000000000000000000000006131fd565b005b7f84f86b93000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f4ac7479d000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b9093506020813d6020116104cd575b816104bd60209383611fb9565b8101031261018a57519286610267565b3d91506104b0565b6040513d5f823e3d90fd5b602060031936011261018a576001600160a01b036104fc611e59565b16801580156105fc575b6105cd57805f52600160205260405f206bffffffffffffffffffffffff3416815460a01c016bffffffffffffffffffffffff81116105a05781546001600160a01b031660a09190911b7fffffffffffffffffffffffff0000000000000000000000000000000000000000161790557f2da466a7b24304f47e87fa2e1e5a81b9831ce54fec19055ce277ca2f39ba42c46020604051348152a2005b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f13ebfce1000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b503415610506565b3461018a57602060031936011261018a5761061d611e59565b335f5260016020526001600160a01b0360405f20911690811580156106c0575b61069057817fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055337fac6ada9402dd0f0c55eb0ed3f62eab33eb299016680470e34eeaec23e0be15d75f80a3005b507f8b58c874000000000000000000000000000000000000000000000000000000005f523360045260245260445ffd5b506001600160a01b03815416151561063d565b3461018a57602060031936011261018a576004355f526002602052602060ff60405f205416604051908152f35b3461018a57602060031936011261018a576004355f526003602052606060405f205460ff604051916001600160a01b038116835265ffffffffffff8160a01c16602084015260d01c166040820152f35b3461018a5760c060031936011261018a57610769611e6f565b60807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a5761041b906004356129f4565b60c060031936011261018a5760043567ffffffffffffffff811161018a576107cb903690600401611e85565b60243567ffffffffffffffff811161018a576107eb903690600401611eb3565b91909260807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a576bffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016803403610c4657508361085b928492612dfb565b9192909381515f52600260205260ff60405f20541680610c16575067ffffffffffffffff610889868661358f565b16804211610be7575061089a612952565b9560643560ff81169788820361018a5760843560ff8116998a820361018a5760a4359263ffffffff84169182850361018a576108e69260608a019d8e519260ff60408d01519516613f63565b15610bb157855191604051916108fb83611f54565b6044359460ff8616860361018a5761092595845260208401526040830152606082015233916135a1565b93845f52600360205265ffffffffffff60405f205460a01c16610b695787519061097260208601519261096d60ff61095b612952565b16610967835f97612d6f565b90612036565b612d6f565b84156104745761ffff61098760208601612d60565b16905b80821115610b3457505092610b269265ffffffffffff95926001807f88029e5a5e9d429a26a6ada88bd23dfb2c42bacd2b1984eda7a09f3884a628d09997831c16145f14610b2b576109e4926109df92612962565b612972565b60ff85610a1b67ffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001642612036565b16995116936001600160a01b0360405192610a3584611f9d565b16825260208201998a52604082019485525f5260036020526001600160a01b0360405f20915116986001600160a01b038a167fffffffffffffffffffffffff000000000000000000000000000000000000000083541617825551937aff00000000000000000000000000000000000000000000000000008254915160d01b16907fffffffffff00000000000000ffffffffffffffffffffffffffffffffffffffff79ffffffffffff00000000000000000000000000000000000000008760a01b169116171790555194604051938493610b0d85612986565b16608084015260c060a0840152339660c08401916129d4565b0390a4005b5050505f6109e4565b9092610b42610b6391612d52565b9361ffff610b5c6020610b56888b8b612962565b01612d60565b1690612036565b9061098a565b84805f52600360205265ffffffffffff60405f205460a01c16907fa6a7f3cf000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b60846040517fb9a848eb000000000000000000000000000000000000000000000000000000008152610be560048201612986565bfd5b7faa05e479000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b82517f6cb1d7de000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f48458e5d000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a57610ca6903690600401611e85565b60243567ffffffffffffffff811161018a57610cc6903690600401611eb3565b91909260443567ffffffffffffffff811161018a57610ce9903690600401611e85565b94909260643567ffffffffffffffff811161018a57610d2a95610d3393610d17610d1f933690600401611e85565b949096612c8e565b969197909588613403565b50509286613403565b505090602081015115801590610e04575b610dd8576001602083015114801590610dc9575b610d9c5760808091015191015114610d745761041b9251612da6565b7fae591c87000000000000000000000000000000000000000000000000000000005f5260045ffd5b7f46aebf4d000000000000000000000000000000000000000000000000000000005f52600160045260245ffd5b50815160408201511415610d58565b7f46aebf4d000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b50805160408301511415610d44565b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a57610e87903690600401611e85565b60243567ffffffffffffffff811161018a57610ea7903690600401611eb3565b9060443567ffffffffffffffff811161018a57610ec8903690600401611e85565b9490926064359261ffff841680940361018a57610ef395610ee893612c8e565b949195909386613403565b6020839293015115801590610fcb575b610dd8578151936060610f51610f3e610f33838c0198610f2d8a51610f2781613f51565b90611fdc565b90612920565b604087015190612036565b965196610f2d60408c0198895190613474565b9301519182600b1b9280840461080014901517156105a057610fa082610f9b610fa6957fff0000000000000000000000000000000000000000000000000000000000000097612036565b612036565b94613526565b1615918215610fc0575b5050610d745761041b9251612da6565b511190508480610fb0565b508151610fdb6060890151613431565b1115610f03565b3461018a57604060031936011261018a57610ffb611e59565b60243567ffffffffffffffff811161018a5761101b903690600401611ee4565b90916001600160a01b038116805f52600160205263ffffffff600160405f20015460401c16905f907fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe186360301925b858310156110cf5763ffffffff1663ffffffff81146105a057600101918060051b8701358481121561018a5787019081359167ffffffffffffffff831161018a57602001606083023603811361018a576001926110c8918689613255565b019161106a565b61041b915f526001602052600160405f2001907fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b3461018a57606060031936011261018a57611137611e59565b60243567ffffffffffffffff811161018a57611157903690600401611eb3565b60449291923567ffffffffffffffff811161018a5761117a903690600401611eb3565b90916111858461309e565b61118e846130f8565b604051947f766718080000000000000000000000000000000000000000000000000000000086526020866004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9586156104d5575f96611395575b5063ffffffff86169182611383575b505060018111611362575b5050506112467f000000000000000000000000000000000000000000000000000000000000000067ffffffffffffffff42166128fe565b907f000000000000000000000000000000000000000000000000000000000000000060011b906801fffffffffffffffe67fffffffffffffffe8316921682036105a05761134f6001600160a01b036112c16020947f12af565fbdd53c6be7b24b4d08750ab523585c012527663059a728d6bf640d51966128fe565b921694855f5260018452600160405f200167ffffffffffffffff84167fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000825416179055855f5260018452600160405f2001907fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b67ffffffffffffffff60405191168152a2005b5f19019163ffffffff83116105a05761137b9284613255565b82808061120f565b61138e918787613255565b8580611204565b6113b891965060203d6020116113bf575b6113b08183611fb9565b8101906128e2565b94866111f5565b503d6113a6565b3461018a57602060031936011261018a576001600160a01b036113e7611e59565b6113f08161309e565b6113f9816130f8565b16805f52600160205260405f209060405161141381611f54565b60018354936001600160a01b0385168352602083019460a01c85520154604082019067ffffffffffffffff8116825263ffffffff606084019160401c168152604051917f766718080000000000000000000000000000000000000000000000000000000083526020836004816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9283156104d5575f936116c0575b505167ffffffffffffffff1690811580156116b6575b801561169f575b6116525761041b6bffffffffffffffffffffffff87876116196001600160a01b038951166040519061150782611f54565b815263ffffffff602082015f815267ffffffffffffffff80600160408601955f87526115af8b60608301965f88528b5f52846020526001600160a01b038060405f20955116167fffffffffffffffffffffffff0000000000000000000000000000000000000000855416178455511682906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b01945116167fffffffffffffffffffffffffffffffffffffffffffffffff000000000000000084541617835551167fffffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffff6bffffffff000000000000000083549260401b169116179055565b82825116906040519182527f039781dfa29ccceae8ebcb3176816f5e3c224ee36c342aae00205f96f2dc751e60203393a35116336131fd565b608492859263ffffffff8093511690604051947f6b4857b5000000000000000000000000000000000000000000000000000000008652600486015260248501526044840152166064820152fd5b5063ffffffff81511663ffffffff841614156114d6565b50814211156114cf565b67ffffffffffffffff9193506116e49060203d6020116113bf576113b08183611fb9565b92906114b9565b3461018a57602060031936011261018a576001600160a01b0361170c611e59565b165f525f602052602060405f2054604051908152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a5760206040516001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a57611809611e59565b6001600160a01b038116805f525f60205260405f20549182156118c8575f808085819486835282602052826040812055867f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d56020604051858152a25af13d156118c3573d61187681611fe9565b906118846040519283611fb9565b81525f60203d92013e5b1561189557005b7fc5079ddb000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b61188e565b507fdc69dc16000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b3461018a575f60031936011261018a57602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a575f60031936011261018a57602060405167ffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57608060031936011261018a5760043567ffffffffffffffff811161018a576119ad903690600401611e85565b9060243567ffffffffffffffff811161018a576119ce903690600401611eb3565b9190604435926064359167ffffffffffffffff831161018a576119f8611a00933690600401611e85565b969094612dfb565b50929180959195515f52600260205260ff60405f20541680611beb5750606001519463ffffffff611a3185836138b3565b1693601f861615801590611be1575b611bb15760201161018a57611a5a92849287923591613b32565b92909491611a66612c6a565b50611a718588613474565b90611aa9611a8c611a828487612d6f565b99610f2781613f51565b61096d611aa282611a9d878a6138c5565b6138c5565b94876138c5565b88600b1c926107ff6060604051611abf81611f54565b838152846020820152866040820152019a168a5284611ba4575b84611b99575b5083611b8b575b5082611b7d575b50501561041d57611b06611b1691611b1c965194611fdc565b8060201081602018021883612036565b92613086565b90611b2682611fe9565b611b336040519182611fb9565b8281526020810192368184011161018a576020815f92604095873783010152601f19601f8351948593602085525180918160208701528686015e5f85828601015201168101030190f35b606001511490508680611aed565b604082015114925088611ae6565b825114935089611adf565b6020830151159450611ad9565b84867f07aaf656000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5084861015611a40565b90517ff7aa96f4000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b3461018a5761010060031936011261018a5760043567ffffffffffffffff811161018a57611c4d903690600401611e85565b60243567ffffffffffffffff811161018a57611c6d903690600401611eb3565b91909260a07fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a5760e4359267ffffffffffffffff841161018a57602094611cc1611cc9953690600401611ee4565b949093612054565b6040519015158152f35b3461018a57602060031936011261018a576001600160a01b03611cf4611e59565b165f526001602052602060405f205460a01c604051908152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a576004355f5260046020526040805f205460ff825191818116835260081c166020820152f35b3461018a57602060031936011261018a576020611daf611daa611e59565b611f24565b6001600160a01b0360405191168152f35b3461018a575f60031936011261018a5760206040516bffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461018a57602060031936011261018a576040906001600160a01b03611e2c611e59565b165f9081526001602081815291849020015467ffffffffffffffff81168352831c63ffffffff1690820152f35b600435906001600160a01b038216820361018a57565b602435906001600160a01b038216820361018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020838186019501011161018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020808501946060850201011161018a57565b9181601f8401121561018a5782359167ffffffffffffffff831161018a576020808501948460051b01011161018a57565b359061ffff8216820361018a57565b6001600160a01b0381165f5260016020526001600160a01b0360405f20541680155f14611f4f575090565b905090565b6080810190811067ffffffffffffffff821117611f7057604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b6060810190811067ffffffffffffffff821117611f7057604052565b90601f601f19910116810190811067ffffffffffffffff821117611f7057604052565b919082039182116105a057565b67ffffffffffffffff8111611f7057601f01601f191660200190565b9061200f82611fe9565b61201c6040519182611fb9565b828152601f1961202c8294611fe9565b0190602036910137565b919082018092116105a057565b908151811015610474570160200190565b90612063939291969496612c8e565b60c052606082015190949060443560ff8116900361018a5760443560ff166128ca5761208e81613431565b955b60443560ff166128bc576120ac6120a683613f51565b83611fdc565b5f97600160ff60443516119081156128a2575b508015612895575b6127fd57600181018091116105a0576120df90612005565b915f9060c435825b828110612833575050508251036127fd57835160405160208101913383526040820152612118606082016044612cf9565b60e0815261212861010082611fb9565b51902095865f52600460205260405f209160405192604084019084821067ffffffffffffffff831117611f7057612176916040525460ff8082169182875260081c1660208601528551611fdc565b821580156127f4575b6127c45761218c83612005565b975f5b84811015612373576121ae6121a88260ff895116612036565b88612043565b5160f81c908060051b8901357fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe18a36030181121561018a5789019182359267ffffffffffffffff841161018a57602001833603811361018a578e93612213918d613403565b90929160a052919361018a5760443560ff161580612359575b808015612345575b60a05160200151901561233e576001905b149081612311575b816122e3575b50806122c1575b15612296575061ffff60a4351660a4350361018a576001926122839161ffff60a4351691613526565b5f1a61228f828d612043565b530161218f565b7f46aebf4d000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b50606060a05101516084359063ffffffff82169182810361018a57501461225a565b60a0516040015191501561230a5760643560ff81169081810361018a5750905b145f612253565b8190612303565b905060a05151815f146123285782905b149061224d565b60643560ff81169081810361018a575090612321565b5f90612245565b9f50505f9e600160ff604435161490612234565b5061236b60608d0151610f2781613f51565b81101561222c565b50939794995094509496909660ff875116955f97610120966124de6040519861239c818b611fb9565b6101008a527d011902321ac603df33ee1b68c74b0464e00e348def811cc169f8c8084c7160208b01527f058a652fe1240f2135938edaf01282451db5c27d6a27f9b9c99a09784de472a660408b01527f06bf8b6266dd30fde29825b31091228836d094ce8f96dbbdf1d2135c8338464060608b01527f1e42b6a3c3487e6e6b3a2854fa85ba3dca5e9b9f0a15792b4ed4e5ac73f3a75760808b01527f0770c0f78c80630d674adeed31c5fe18e3a5997726b8b47c114492d92320892e60a08b01527f373fd15b95bccfcd908797b2dcfcbe61f256d3ab142a5d9e843c3953476d41a260c08b01527f1f2d43d8b77ba476c41749ec7f0c6ff66ca13b52299d55aafb6086b1bbcc3e5a60e08b01527fcb595fb09ca9a0510bf516eb7a752cd74faed5e9e6e7ade874d6f4eaa85058af6101008b0152604051608052608051611fb9565b60ff608051527f01020408102040801d3a74e8cd8713264c982d5ab475eac98f03060c183060c0602060805101527f9d274e9c254a94356ad4b577eec19f23468c050a142850a05dba69d2b96fdea1604060805101527f5fbe61c2992f5ebc65ca890f1e3c78f0fde7d3bb6bd6b17ffee1dfa35bb671e2606060805101527fd9af4386112244880d1a3468d0bd67ce811f3e7cf8edc7933b76ecc5973366cc6080805101527f85172e5cb86ddaa94f9e214284152a54a84d9a2952a455aa49923972e4d5b77360a060805101527fe6d1bf63c6913f7efce5d7b37bf6f1ffe3dbab4b963162c495376edca557ae4160c060805101527f82193264c88d070e1c3870e0dda753a651a259b279f2f9efc39b2b56ac458a0960e060805101527f122448903d7af4f5f7f3fbebcb8b0b162c58b07dfae9cf831b366cd8ad478e0061010060805101525f995b87518b10156126e5578c9061263c8c8a612043565b5160f81c80156126da578a61265a6126548f8f612036565b85612043565b5160f81c935f9481518201915b8281106126b85750505060ff9161267d91612043565b5160f81c019160ff83116105a05760ff6126a160019482806126aa95069116611fdc565b06608051612043565b5160f81c189a5b0199612627565b60018060ff9298939495980197828951168518010151160194908d9291612667565b509a600191506126b1565b9298509550955060ff92989399508291975016816020860151161816602084015260ff83511660ff82160160ff81116105a05760ff1683521061274e576020015160ff1615610d7457612749925f5260046020525f604081205560c0519151612da6565b600190565b929150505f526004602052602060405f209160ff80825116167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0084541617835501517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00ff61ff0083549260081b1691161790555f90565b90507f5028c302000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b5080831161217f565b60a46040517fee4775e6000000000000000000000000000000000000000000000000000000008152610be5600482016044612cf9565b600182821c161561288d57855184146127fd5760019061285285612d52565b946128857fff000000000000000000000000000000000000000000000000000000000000008360f81b165f1a9189612043565b535b016120e7565b600190612887565b5060c435831c15156120c7565b905060643560ff81169081810361018a575010155f6120bf565b6128c582613431565b6120ac565b6128dc6128d682613f51565b82611fdc565b95612090565b9081602091031261018a575163ffffffff8116810361018a5790565b9067ffffffffffffffff8091169116019067ffffffffffffffff82116105a057565b818102929181159184041417156105a057565b359060ff8216820361018a57565b359063ffffffff8216820361018a57565b60443560ff8116810361018a5790565b9190811015610474576060020190565b356001600160a01b038116810361018a5790565b60443560ff811680910361018a57815260643560ff811680910361018a57602082015260843560ff811680910361018a57604082015260a4359063ffffffff821680920361018a5760600152565b601f8260209493601f1993818652868601375f8582860101520116010190565b9060807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbc36011261018a5760405191612a2c83611f54565b60443560ff8116810361018a578084526064359360ff8516850361018a5784602082015260843560ff8116810361018a5780604083015260a4359163ffffffff8316830361018a578581846060612a859401528661360b565b969065ffffffffffff60208901511680421115612c3b57505f5260036020525f60408120556040519360ff8116810361018a5760ff16845260ff8116810361018a5760ff16602084015260ff8116810361018a5760ff16604083015263ffffffff8116810361018a5763ffffffff166060820152817fd92db637c6cd916717f84bfdac8b7e4ff9b830d23d5e406a876091e8c37cac2860806001600160a01b03861693a3612b32816136aa565b612b6a6bffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016836131fd565b6001600160a01b03835116158015612c0f575b612c0a57612c08926001600160a01b03915f52600560205260405f208280835116165f5260205260405f2060017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0082541617905551166bffffffffffffffffffffffff7f000000000000000000000000000000000000000000000000000000000000000016906137a6565b565b505050565b50805f52600560205260405f206001600160a01b0380855116165f5260205260ff60405f205416612b7d565b7f034520d5000000000000000000000000000000000000000000000000000000005f526004524260245260445ffd5b60405190612c7782611f54565b5f6060838281528260208201528260408201520152565b90612ca3939291612c9d612c6a565b50612dfb565b5091929091908380515f52600260205260405f20549060028216612cc5575050565b60ff9250517f6cb1d7de000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b6080809160ff612d0882612933565b16845260ff612d1960208301612933565b16602085015263ffffffff612d3060408301612941565b16604085015261ffff612d4560608301611f15565b1660608501520135910152565b5f1981146105a05760010190565b3561ffff8116810361018a5790565b8115612d79570690565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601260045260245ffd5b612db290929192613728565b60441161018a57612c0890339060306bffffffffffffffffffffffff7f00000000000000000000000000000000000000000000000000000000000000001691013560601c6137a6565b919091612e06612c6a565b506001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016926040517f473c8b54000000000000000000000000000000000000000000000000000000008152604060048201526020612e6f6044830184866129d4565b6003198382030160248401528781520181855f5b898110613020575050806020920381885afa9081156104d5575f91612fe5575b5015612fbd57612eb2916138cf565b5050929694505050949094928585602060405180967fb4f826f40000000000000000000000000000000000000000000000000000000082528260048301528180612f006024820187896129d4565b03915afa9485156104d5575f95612f89575b508060201161018a57919291813591612f2b91906138b3565b915f935f915b808310612f64575050509063ffffffff9160405194612f4f86611f54565b85526020850152166040830152606082015293565b909194612f8060019161ffff610b5c6020610b568b888a612962565b95019190612f31565b9094506020813d602011612fb5575b81612fa560209383611fb9565b8101031261018a5751935f612f12565b3d9150612f98565b7fc108107c000000000000000000000000000000000000000000000000000000005f5260045ffd5b90506020813d602011613018575b8161300060209383611fb9565b8101031261018a5751801515810361018a575f612ea3565b3d9150612ff3565b91509182356001600160a01b03811680910361018a57815261ffff61304760208501611f15565b1660208201526040830135906fffffffffffffffffffffffffffffffff821680920361018a576060816001936040839401520193019101908391612e83565b9093929384831161018a57841161018a578101920390565b6001600160a01b036130af82611f24565b16903382036130bc575050565b6001600160a01b03907fcbce04d8000000000000000000000000000000000000000000000000000000005f52166004526024523360445260645ffd5b6001600160a01b03604051917f35eb6b8300000000000000000000000000000000000000000000000000000000835216908160048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa80156104d5575f906131b2575b67ffffffffffffffff9150169081613184575050565b7f7d98945c000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b506020813d6020116131f5575b816131cc60209383611fb9565b8101031261018a575167ffffffffffffffff8116810361018a5767ffffffffffffffff9061316e565b3d91506131bf565b81156132515760206001600160a01b037f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f3921692835f525f825260405f20613246828254612036565b9055604051908152a2565b5050565b91909263ffffffff604051947f85a885d100000000000000000000000000000000000000000000000000000000865216938460048201526020816024816001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000165afa9081156104d5575f91613396575b506040516040606084026020835284602084015280868385013701902090808203613364575091926001600160a01b031691505f5b81811061330f575050505050565b826001600160a01b036133266109df848689612962565b161461333457600101613301565b84837f5a648aee000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b857fc9d74214000000000000000000000000000000000000000000000000000000005f5260045260245260445260645ffd5b90506020813d6020116133c0575b816133b160209383611fb9565b8101031261018a57515f6132cc565b3d91506133a4565b6040519060a0820182811067ffffffffffffffff821117611f70576040525f6080838281528260208201528260408201528260608201520152565b6134269261340f6133c8565b506020820151906040606084015193015193613b32565b919390921561041d57565b61343a81613f51565b907f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a0576134719160011b90611fdc565b90565b61347d81613431565b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a0576134b682610f276134bf94613f51565b9060051b612920565b8015613508576134d46001915f1984016138c5565b01901515027f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a05760051b90565b634e487b715f5260126020526024601cfd5b90821015610474570190565b8183101561355f579161355a917fff000000000000000000000000000000000000000000000000000000000000009361351a565b351690565b50907f2e649ccc000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b9060301161018a576028013560c01c90565b916001600160a01b03906135f06040519360208501958652604085019063ffffffff6060809260ff815116855260ff602082015116602086015260ff6040820151166040860152015116910152565b1660c082015260c0815261360560e082611fb9565b51902090565b9061362f92915f6040805161361f81611f9d565b82815282602082015201526135a1565b90815f52600360205260405f20906040519161364a83611f9d565b54916001600160a01b038316815260ff65ffffffffffff8460a01c169384602084015260d01c166040820152911561367e57565b827f7e16ae7b000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b805f52600260205260405f205460018116613251576020600160ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f526002825260405f2060ff82167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00825416179055604051908152a2565b805f52600260205260405f205460028116613251576020600260ff7f026d111ae5b176420c710adf962b7e4535b76d5d55ded7bef4eb767bf1181730931617835f526002825260405f2060ff82167fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00825416179055604051908152a2565b6001600160a01b03909291921690815f52600160205260405f205460a01c92838082109118028084189314612c0a57815f52600160205260405f20926bffffffffffffffffffffffff8116845460a01c03926bffffffffffffffffffffffff84116105a05761384e6103f594612c0896906001600160a01b037fffffffffffffffffffffffff000000000000000000000000000000000000000083549260a01b169116179055565b604051908282527f5fa4c86b177d7620489617cff2ed61cf7d957652aa6341770cd8f8793343f40160206001600160a01b03861693a36138928160011c80936131fd565b611fdc565b3590602081106138a5575090565b5f199060200360031b1b1690565b9060241161018a576020013560e01c90565b8115612d79570490565b90815f91815f81925f6068808311801590613add575b613ac557826067101561047457606785013560f881901c979060f31c611fe016611fe0168201978883116105a0576010108015613abb575b613aa65761392c88858861351a565b3560f81c946001890197888a116105a057613947878a612036565b9487158015613a9c575b8015613a93575b613a79577fff000000000000000000000000000000000000000000000000000000000000006139888b898c61351a565b351615613a795750508460671161018a57600387019a60649a60208d013560e01c8015159081613a6a575b50158015613a4b575b613a37575050505086811161018a5782871161018a576139e782826139ed9388019903978588613086565b90613897565b92602003602081116105a0577f1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff811681036105a057613a3293839160031b1c94613086565b600197565b5f9d939a509198508c975095509350915050565b508b60301161018a57661fffffffffffff60288e013560c01c116139bc565b6308000000915011155f6139b3565b9b97509b975097509793505050505f96959493925f929190565b50858710613958565b5060208811613951565b5f9a9699929890975093958a95509193925050565b508784111561391d565b5050505093505050505f91815f91815f915f91905f90565b508260031161018a577f01660100000000000000000000000000000000000000000000000000000000007fffffff000000000000000000000000000000000000000000000000000000000086351614156138e5565b90929391613b3e6133c8565b9482905f90600481101580613f46575b158015613f28575b613f1a5760078710613f0d57861561047457843560f81c885286600110156104745760208801600186013560f81c8152876002101561047457600286013560f81c908160408b01528860071161018a57600387013560e01c60608b018190528a519151613bc8938a9386939290613f63565b15613f0d57613be5613bde8260208b0151613fd2565b9682613474565b92606089015192613bf46133c8565b9380600b1b9080820461080014901517156105a057613c139086611fdc565b6108008082109118026108001860070194856007116105a05785855260015f198201600b1c019015150294613cc3866fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613cfa9160051b90612036565b806020860152613d85896fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613dbc9160051b90612036565b806040860152602081018091116105a057806060860152613e58846fffffffffffffffffffffffffffffffff811160071b67ffffffffffffffff82821c1160061b1763ffffffff82821c1160051b1761ffff82821c1160041b1760ff82821c1160031b17600f82821c1160021b177d01010202020203030303030303030000000000000000000000000000000082821c1a17906001821b100190565b907f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff821682036105a057613e8f9160051b90612036565b8060808601528903613efe5750508151968760071161018a5780881161018a578589927ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff96007613efb99019a019860405196613eea88611f9d565b875260208701526040860152613fec565b93565b5f9a9198509650945050505050565b505f979195509350915050565b505f97939550879450505050565b5085151580613f38575b15613b56565b506308000000861115613f32565b5060ff811115613b4e565b5f1981019081116105a0576003900490565b841194929392919085613fc6575b85613faf575b505083613f85575b50505090565b9091809350600b1b9280840461080014901517156105a057613fa691613474565b115f8080613f7f565b613fbd919295508390613fd2565b11925f80613f77565b60018111159550613f71565b613fe35780610f2761347192613f51565b61347190613431565b9392909381518060071161018a5785811161018a575f602091604051614057601a82868101948686527ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9810160078a016021840137810186838201520301601f198101835282611fb9565b604051918291518091835e8101838152039060025afa156104d5575f5161409c606085015186519285519361409460208801958651908c89613086565b939092614215565b901561420957806140cc916080870152604086015190602088015193519361409460408801958651908c89613086565b919015614209576020916140ee6139e760605f94519701968751908b88613086565b83870151158314614193576040517f02000000000000000000000000000000000000000000000000000000000000008582019081526001810193909352602183019190915261414a81604184015b03601f198101835282611fb9565b604051918291518091835e8101838152039060025afa156104d55784614094916141809660405f51965b51970151945191613086565b8192919261418d57505090565b14919050565b6040517f020000000000000000000000000000000000000000000000000000000000000085820190815260018101929092526021820192909252906141db816041840161413c565b604051918291518091835e8101838152039060025afa156104d55784614094916141809660405f5196614174565b50505050505050505f90565b919492935f939192849182915b8660051b7f07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff881688036105a057828110156142f95760208101908181116105a057614272916139e791858c613086565b9060018781160361429c5761428a9061429592614309565b955b60011c96612d52565b9594614222565b600187018088116105a0578a90891b10156142c5575b614295916142bf91614309565b9561428c565b8784106142e3578185146142b257505050505093505050505f905f90565b92936142f181600192614309565b9401926142c5565b5097505050509250505060019190565b5f9060209260405190848201927f010000000000000000000000000000000000000000000000000000000000000084526021830152604182015260418152614352606182611fb9565b604051918291518091835e8101838152039060025afa156104d5575f519056' as const
